"""What to tell people of a raw file and of the session in it, one plain sentence each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from imu.records import Kind, Record

if TYPE_CHECKING:
    from imu.assembler import Assembler
    from imu.blocks import Recording
    from imu.raw_format import Scanned

CUT_NOTE = "The last record was cut short and was dropped."
CRASH_NOTE = "The session was not ended in order: it was killed, crashed, or is still going on."
HEADLESS_NOTE = "The record that says what the session is (leg, sensor, simulated or not) is missing or damaged."
MOST_TEXTS = 5
"""Of the session's own notes that are shown; a session in trouble may have thousands."""


def many(count: int, one: str, more: str | None = None) -> str:
    """ "1 sample", "2 samples"."""
    return f"1 {one}" if count == 1 else f"{count} {more or one + 's'}"


def notes_of_damage(found: Scanned, odd: int, session: bool, ended: bool) -> tuple[str, ...]:
    """What is wrong with the file itself.

    Args:
        found: its records and the stretches that are none.
        odd: records that are whole but do not hold what their kind does, and were left out.
        session: whether its first record says what the session is.
        ended: whether its last record says that the session was ended.
    """
    notes = []
    if found.damaged:
        size = sum(length for _, length in found.damaged)
        where = f", the first at byte {found.damaged[0][0]}"
        notes.append(f"{many(size, 'byte')} of the file in {many(len(found.damaged), 'place')} are damaged{where}.")
    if odd:
        notes.append(f"{many(odd, 'record')} without the contents of such a record: left out.")
    if found.unknown:
        notes.append(f"{many(found.unknown, 'record')} of a kind that only a newer Kickback knows: left out.")
    if found.cut:
        notes.append(CUT_NOTE)
    if not session:
        notes.append(HEADLESS_NOTE)
    if not ended:
        notes.append(CRASH_NOTE)
    return tuple(notes)


def notes_of_session(records: Iterable[Record], assembler: Assembler, recording: Recording) -> list[str]:
    """What happened in the session: losses, back-fills, restarts, lost links, and what is known of the clock."""
    tally, notes = assembler.tally, []
    lost = int(recording.lost.sum())
    if lost:
        edges = np.diff(np.concatenate([[False], recording.lost]).astype(np.int8))
        gaps = many(int((edges == 1).sum()), "gap")
        notes.append(f"{many(lost, 'sample')} ({lost / recording.rate_hz:.2f} s) were lost, in {gaps}.")
    if tally.backfilled:
        notes.append(f"{many(tally.backfilled, 'sample')} that had been lost were sent again and stand in their place.")
    if tally.bad_packets:
        notes.append(f"{many(tally.bad_packets, 'packet')} could not be read and were left out.")
    if tally.reboots:
        notes.append(f"The sensor started anew {many(tally.reboots, 'time')}.")
    reasons, texts = [], []
    for record in records:
        if record.kind is Kind.DISCONNECTED:
            reasons.append(_text(record, "reason"))
        elif record.kind is Kind.NOTED:
            texts.append(_text(record, "text"))
    if interrupted := [reason for reason in reasons if reason != "stopped"]:
        why = ", ".join(dict.fromkeys(reason for reason in interrupted if reason))
        notes.append(f"The link was lost {many(len(interrupted), 'time')}{f' ({why})' if why else ''}.")
    told = list(dict.fromkeys(text for text in texts if text))
    notes += [f"Noted in the session: {text}." for text in told[:MOST_TEXTS]]
    if len(told) > MOST_TEXTS:
        notes.append(f"And {len(told) - MOST_TEXTS} more of the session's notes.")
    return notes + _clock(assembler)


def _text(record: Record, key: str) -> str:
    """A text among a record's facts, on one line and not too long; "" where there is none."""
    value = record.facts.get(key)
    return " ".join(value.split())[:200].rstrip(".") if isinstance(value, str) else ""


def _clock(assembler: Assembler) -> list[str]:
    """The sensor's clock against the host's."""
    fit = assembler.fit
    if fit.skew_ppm is None:
        return []
    ppm = round(fit.skew_ppm)
    skew = f"{abs(ppm)} ppm {'slower' if ppm > 0 else 'faster'} than the host's" if ppm else "as fast as the host's"
    known = "the constant between the two is not known"
    if fit.uncertainty_s is not None:
        known = f"the constant between the two is known to {1000 * fit.uncertainty_s:.1f} ms"
    return [f"The sensor's clock runs {skew}; {known}."]
