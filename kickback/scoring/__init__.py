"""``kickback score``: what anyone found in recordings, against what was true in them, by one yardstick."""
