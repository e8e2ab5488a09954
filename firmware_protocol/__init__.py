"""Bytes on the air and what they mean: our own wire format and those of sensors that people own. Pure."""
