"""A raw file read again: its records, whatever happened to the file, and what they make of samples.

Offline and replay feed the records to the same :class:`imu.assembler.Assembler` as the live session did, in the same
order and with the rate that it had decided, so all three have the same samples.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from firmware_protocol.registry import Codec, Wish, codec
from imu.assemble import LONGEST_GAP_S, join
from imu.assembler import Assembler
from imu.blocks import Header, Recording, SampleBlock
from imu.raw_format import MAGIC, STEM, scan
from imu.raw_notes import notes_of_damage, notes_of_session
from imu.records import Kind, Record

DIALECT = "kickback_raw"
UUID_BYTES = 16
LEAST_RATE_HZ, MOST_RATE_HZ = 1.0, 10_000.0
"""A decided rate beyond these is none: motion sensors are read out at some ten to some thousand hertz."""
MOST_BYTES = 1 << 30
"""Of a raw file that is still read, all at once: three days at 200 Hz."""


class RawFileError(ValueError):
    """A file that is no raw file, or one without a usable session. The text is one line: where, what, what to do."""

    def __init__(self, where: str, what: str) -> None:
        self.where, self.what = where, what
        super().__init__(f"{where}: {what}")

    def __reduce__(self) -> tuple[object, ...]:
        return RawFileError, (self.where, self.what)


@dataclass(frozen=True, slots=True, eq=False)
class RawFile:
    """The records of one session.

    Attributes:
        where: the file, for messages.
        records: all that are whole, in order.
        notes: what was damaged or is missing, one sentence each.
        session: the facts of the SESSION record, {} where it is damaged or cut off.
        damaged: stretches of the file that were no records; a last record without an end is none of them.
    """

    where: str
    records: list[Record]
    notes: tuple[str, ...]
    session: dict[str, Any]
    damaged: int

    @property
    def ended(self) -> bool:
        """Whether the session was ended on purpose, and not by a crash."""
        return any(record.kind is Kind.ENDED for record in self.records[-1:])

    @property
    def codec(self) -> Codec:
        """The sensor's kind.

        Raises:
            RawFileError: no record names one, or one that this version does not know.
        """
        said = [self.session, *_facts(self.records, Kind.CONNECTED)]
        name = next((facts["codec"] for facts in said if isinstance(facts.get("codec"), str)), None)
        if name is None:
            raise RawFileError(self.where, "no record says which kind of sensor it was; the beginning is missing")
        try:
            return codec(name)
        except ValueError as error:
            raise RawFileError(self.where, f"{error}; a newer Kickback may know it") from None

    @property
    def wish(self) -> Wish:
        """What was asked of the sensor; what nobody said is as by default."""
        said = self.session.get("wish")
        said = said if isinstance(said, dict) else {}
        whole = {each.name: said.get(each.name) for each in fields(Wish)}
        return Wish(**{name: value for name, value in whole.items() if type(value) is int and 0 < value < 1 << 16})

    @property
    def rate_hz(self) -> float | None:
        """The rate that was decided in the session; None when it ended before."""
        return next((float(facts["rate_hz"]) for facts in _facts(self.records, Kind.DECIDED)), None)


def read_records(path: Path) -> RawFile:
    """Read a raw file; every beginning of one is one, and damage is skipped and noted.

    Raises:
        RawFileError: it is no raw file, one of another version, or too big.
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        return parsed(stream.read(MOST_BYTES + 1), str(path))


def parsed(data: bytes, where: str) -> RawFile:
    """The same for bytes. Raises RawFileError."""
    if len(data) > MOST_BYTES:
        raise RawFileError(where, f"more than the {MOST_BYTES / 1e9:.1f} GB of a raw file that are read")
    _check_magic(data, where)
    found = scan(data, len(MAGIC))
    records = [record for record in found.records if _is_whole(record)]
    session = next((record.facts for record in records[:1] if record.kind is Kind.SESSION), {})
    ended = bool(records) and records[-1].kind is Kind.ENDED
    notes = notes_of_damage(found, len(found.records) - len(records), bool(session), ended)
    return RawFile(where, records, notes, session, len(found.damaged))


def _check_magic(data: bytes, where: str) -> None:
    """Refuse what does not begin as a raw file of this version, unless it is cut within that beginning."""
    if MAGIC.startswith(data[: len(MAGIC)]):
        return
    if not data.startswith(STEM):
        raise RawFileError(where, "this is no raw file of Kickback: it does not begin as one")
    version = data[len(STEM) : len(STEM) + 12].split(b"\r")[0].split(b"\n")[0]
    if version == MAGIC[len(STEM) :].split(b"\r")[0]:
        raise RawFileError(where, "its first line was changed as by a transfer as text; copy it as a binary file")
    shown = version.decode("ascii", "replace")
    raise RawFileError(where, f"version {shown!r} of the raw file; this Kickback reads version 1; use a newer one")


def _is_whole(record: Record) -> bool:
    """Whether a record's payload is what its kind has; what wrote another one was no Kickback of this version."""
    if record.kind in (Kind.READ, Kind.NOTIFIED, Kind.WRITTEN):
        return len(record.payload) >= UUID_BYTES
    try:
        facts = record.facts
    except (ValueError, RecursionError):
        return False
    return record.kind is not Kind.DECIDED or _is_rate(facts.get("rate_hz"))


def _is_rate(value: Any) -> bool:
    return type(value) in (int, float) and LEAST_RATE_HZ <= value <= MOST_RATE_HZ


def _facts(records: Iterable[Record], kind: Kind) -> list[dict[str, Any]]:
    return [record.facts for record in records if record.kind is kind]


def assembler_of(raw: RawFile) -> Assembler:
    """The assembler for the records, with the rate that was decided in the session. Raises RawFileError."""
    return Assembler(raw.codec, raw.wish, raw.rate_hz)


def header_of(raw: RawFile, name: str, rate_hz: float, notes: Iterable[str] = ()) -> Header:
    """What the session's facts say of the recording. Raises RawFileError."""
    session = raw.session

    def said(key: str) -> str | None:
        value = session.get(key)
        return value if isinstance(value, str) and value else None

    kept = {key: session[key] for key in ("exercise", "tempo", "started", "software") if said(key)}
    chosen = [facts["exercise"] for facts in _facts(raw.records, Kind.CHOSEN) if isinstance(facts.get("exercise"), str)]
    kept |= {"exercise": chosen[-1]} if chosen else {}
    return Header(
        name=name,
        rate_hz=rate_hz,
        sensor=raw.codec.title,
        placement=said("placement"),
        leg=session["leg"] if session.get("leg") in ("left", "right") else None,
        dialect=DIALECT,
        origin=said("origin"),
        simulated=session.get("simulated") is True,
        notes=tuple(notes),
        extra={"codec": raw.codec.name, **kept},
    )


def recording_of(raw: RawFile, name: str, assembler: Assembler | None = None) -> Recording:
    """All samples of the session on one grid, and what was lost, back-filled or interrupted in the notes.

    Args:
        raw: the file.
        name: of the recording.
        assembler: a fresh one of :func:`assembler_of`, to be looked at afterwards.

    Raises:
        RawFileError: the sensor is not known, no sample arrived, or there is a hole of more than an hour.
    """
    assembler = assembler or assembler_of(raw)
    blocks = [block for record in raw.records for block in assembler.take(record)]
    blocks += assembler.finish()
    blocks = [block for block in blocks if len(block)]
    if not blocks:
        raise RawFileError(raw.where, "no samples in it: the sensor sent none, or the file ends before they came")
    rate_hz = blocks[0].rate_hz
    hole = max(block.missing_before for block in blocks)
    if hole > LONGEST_GAP_S * rate_hz:
        raise RawFileError(raw.where, f"a hole of {hole / rate_hz:.0f} s: these are two sessions")
    recording = join(blocks, header_of(raw, name, rate_hz))
    notes = (*raw.notes, *notes_of_session(raw.records, assembler, recording))
    header = header_of(raw, name, rate_hz, notes)
    header.extra["clock"] = assembler.fit.facts()
    return Recording(header, recording.block)


async def replay_records(
    raw: RawFile,
    speed: float = 1.0,
    *,
    assembler: Assembler | None = None,
    seen: Callable[[Record], None] | None = None,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[SampleBlock]:
    """The blocks of the session, when they came: bursts, stalls and waits for a reconnect are those of then.

    What was before the first notification (looking for the sensor, connecting) takes no time. A slow consumer is
    caught up with.

    Args:
        raw: the file.
        speed: seconds of the session per second; ``inf`` does not wait at all.
        assembler: a fresh one of :func:`assembler_of`, to be looked at while it runs.
        seen: called with each record when its time has come, before its blocks.
        sleep: waits for some seconds.
        clock: the present in seconds.

    Raises:
        ValueError: speed is not positive.
        RawFileError: the sensor is not known.
    """
    if not speed > 0:
        raise ValueError(f"speed must be positive, got {speed:g}")
    assembler = assembler or assembler_of(raw)
    began = clock()
    first_ns = next((record.time_ns for record in raw.records if record.kind is Kind.NOTIFIED), None)
    for record in raw.records:
        if first_ns is not None:
            wait_s = began + (record.time_ns - first_ns) * 1e-9 / speed - clock()
            if wait_s > 0:
                await sleep(wait_s)
        if seen is not None:
            seen(record)
        for block in assembler.take(record):
            yield block
    for block in assembler.finish():
        yield block
