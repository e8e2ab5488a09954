"""One module a CSV dialect. Each has ``NAME``, ``sniff(head)`` and ``read(source)``; see ``recordings.registry``."""
