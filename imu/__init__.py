"""Samples in SI units, wherever they come from. Not a documented import: use ``from kickback import ...``."""
