"""A study as Motion-BIDS, out and in again: tables of recordings (DataFrames) on both sides.

::

    from kickback import bids

    study = bids.write_study(table, "study", folder="recordings")  # table: file, subject, session, leg, ...
    table = bids.read_study("study")                               # the same table of what was written

The format is that of the BIDS specification 1.10 and 1.11, page Motion; what is written, and what the validator says
of it, stands on the page of formats.
"""

from kickback.bids.reading import read_study
from kickback.bids.study import About, Study, write_study

__all__ = ["About", "Study", "read_study", "write_study"]
