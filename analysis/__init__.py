"""Samples to reps: pure, no files, no clock. Not a documented import: use ``from kickback import ...``."""
