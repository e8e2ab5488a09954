"""What each command does; :mod:`kickback.cli` only reads what was typed and calls these."""
