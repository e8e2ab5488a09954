"""``kickback compare``: read a table of reps, write what the comparison found, show it."""
