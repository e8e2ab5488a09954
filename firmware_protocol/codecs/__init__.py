"""One module a kind of sensor; see :mod:`firmware_protocol.registry`."""
