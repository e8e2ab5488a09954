"""From the records of one sensor to blocks of samples on one grid, live and from a file alike."""
