"""A set as it happens: a full screen for a terminal, lines for anything else."""
