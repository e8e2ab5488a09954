"""Sessions kept in one SQLite file: who, when, what was measured, what was said by hand, where the raw file lies."""

from kickback.store.rows import CorrectionRow, LaneFacts, RepRow, SessionRow, SetRow
from kickback.store.store import Store, open_store
from kickback.store.trouble import StoreError

__all__ = ["CorrectionRow", "LaneFacts", "RepRow", "SessionRow", "SetRow", "Store", "StoreError", "open_store"]
