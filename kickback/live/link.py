"""What is said of a sensor's link: its state in plain words, and what changed since it was last looked at."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from imu.assembler import Assembler
from imu.records import Kind, Record
from imu.status import WEAK_DBM, Status

SIGNAL_WORDS = ((-60, "strong"), (-75, "good"), (WEAK_DBM, "fair"))
"""From so many dBm on the word fits; below the last one the signal is weak. Our own bands: a common chip (nRF52840,
product specification 1.1, 6.20) hears down to -95 dBm, and a leg in between takes 10 to 20 dB."""
GAP_WORTH_SAYING_S = 0.1
"""Shorter losses are counted and not announced: analysis bridges them without harm."""
AGAIN_S = 5.0
"""So long the screen says that the link is back."""
SETTLED_S = 0.5
"""So long the link must be whole before it is said what its loss cost: the back-fill is asked for a moment later."""

LOST, CATCHING_UP, STOPPED = "lost", "catching up", "stopped"


@dataclass(frozen=True, slots=True)
class LinkNow:
    """A look at one sensor's link.

    Attributes:
        state: "looking", "connecting", "streaming", "lost", "catching up" or "stopped".
        at_s: when it was looked at, seconds from anywhere.
        battery_percent, rssi_dbm: None when unknown.
        age_s: since the last packet; None before the first.
        rate_hz: samples a second, None before it is known.
        lost: samples that are missing. backfilled: samples that came late, and are in their places.
        warnings: what to put right before the set. disk: why nothing is recorded now, or empty.
        trouble: the latest of the link, one line, or empty.
    """

    state: str
    at_s: float = 0.0
    battery_percent: int | None = None
    rssi_dbm: int | None = None
    age_s: float | None = None
    rate_hz: float | None = None
    lost: int = 0
    backfilled: int = 0
    warnings: tuple[str, ...] = ()
    disk: str = ""
    trouble: str = ""

    def span_s(self, samples: int) -> float:
        """So many samples in seconds; 0 while the rate is unknown."""
        return samples / self.rate_hz if self.rate_hz else 0.0


def signal_word(rssi_dbm: int | None) -> str:
    """``good (-70 dBm)``, ``unknown``."""
    if rssi_dbm is None:
        return "unknown"
    word = next((word for least, word in SIGNAL_WORDS if rssi_dbm >= least), "weak")
    return f"{word} ({rssi_dbm} dBm)"


@dataclass
class Watched:
    """A look at a live sensor; called again and again.

    Args:
        status: of the client, which changes it. assembler: gives the client's assembler, None before there is one.
        disk: why nothing is recorded now, or empty. clock_ns: the clock of the client's records.
    """

    status: Status
    assembler: Callable[[], Assembler | None]
    disk: Callable[[], str] = lambda: ""
    clock_ns: Callable[[], int] = time.monotonic_ns

    def __call__(self) -> LinkNow:
        """The link now."""
        status, assembler, now_ns = self.status, self.assembler(), self.clock_ns()
        last_ns = status.last_packet_ns
        return LinkNow(
            state=status.state,
            at_s=now_ns * 1e-9,
            battery_percent=status.battery_percent,
            rssi_dbm=status.rssi_dbm,
            age_s=None if last_ns is None else max(now_ns - last_ns, 0) * 1e-9,
            rate_hz=status.rate_hz,
            lost=assembler.tally.lost if assembler else 0,
            backfilled=assembler.tally.backfilled if assembler else 0,
            warnings=status.warnings,
            disk=self.disk(),
            trouble=status.text,
        )


@dataclass
class Retold:
    """The same from the records of a raw file that is being replayed.

    Args:
        assembler: of the replay. speed: seconds of the session per second. clock: the present in seconds.
    """

    assembler: Assembler
    speed: float = 1.0
    clock: Callable[[], float] = time.monotonic
    _now: LinkNow = field(default_factory=lambda: LinkNow("connecting"))
    _packet_s: float | None = None
    _record_s: float = 0.0
    _offset_s: float | None = None

    def take(self, record: Record) -> None:
        """The next record, when its time has come."""
        self._record_s = record.time_ns * 1e-9
        if record.kind is Kind.NOTIFIED:
            if self._offset_s is None and math.isfinite(self.speed):
                self._offset_s = self._record_s - self.clock() * self.speed
            self._packet_s = self._record_s
            self._now = replace(self._now, state="streaming", trouble="")
        elif record.kind is Kind.CONNECTED:
            facts = _facts(record)
            said = Status(
                name=str(facts.get("name") or "") or None,
                battery_percent=_whole(facts.get("battery_percent"), self._now.battery_percent),
                rssi_dbm=_whole(facts.get("rssi_dbm"), self._now.rssi_dbm),
            )
            self._now = replace(
                self._now, battery_percent=said.battery_percent, rssi_dbm=said.rssi_dbm, warnings=said.warnings
            )
        elif record.kind is Kind.DISCONNECTED and _facts(record).get("reason") != STOPPED:
            self._now = replace(self._now, state=LOST, trouble=str(_facts(record).get("reason") or ""))
        elif record.kind is Kind.ENDED:
            self._now = replace(self._now, state=STOPPED)

    @property
    def now_s(self) -> float:
        """The session's clock: it goes on while no record comes."""
        if self._offset_s is None:
            return self._record_s
        return max(self._record_s, self._offset_s + self.clock() * self.speed)

    def __call__(self) -> LinkNow:
        """The link now."""
        tally, state, now_s = self.assembler.tally, self._now.state, self.now_s
        return replace(
            self._now,
            state=CATCHING_UP if state == "streaming" and self.assembler.holding else state,
            at_s=now_s,
            age_s=None if self._packet_s is None else now_s - self._packet_s,
            rate_hz=self.assembler.rate_hz,
            lost=tally.lost,
            backfilled=tally.backfilled,
        )


def _facts(record: Record) -> dict[str, Any]:
    """The facts; none when a record that is whole holds no JSON, as a strange program may have written it."""
    try:
        return record.facts
    except ValueError:
        return {}


def _whole(value: object, before: int | None) -> int | None:
    """A number that is known now, or the one before it."""
    return value if type(value) is int else before


@dataclass
class LinkBoard:
    """The link as the screen shows it.

    Attributes:
        now: the latest look.
        again: what came of the latest loss, in words, while it is news.
    """

    now: LinkNow = field(default_factory=lambda: LinkNow("looking"))
    again: str = ""
    _again_s: float = 0.0
    _lost: tuple[LinkNow, float] | None = None
    _found_s: float | None = None
    _steady_s: float | None = None
    _said_lost: int = 0
    _said: set[str] = field(default_factory=set)

    def take(self, now: LinkNow) -> list[str]:
        """Bring it up to date; what is news, a line each."""
        before, self.now = self.now, now
        lines = [line for line in now.warnings if line not in self._said]
        self._said.update(lines)
        if now.disk != before.disk:
            lines.append(now.disk or "the disk is well again: recording goes on")
        if now.state != before.state:
            lines += self._turned(before, now)
        if self._lost is not None:
            lines += self._back(now)
        elif now.state == "streaming":
            lines += self._gap(now)
        if self.again and now.at_s - self._again_s > AGAIN_S:
            self.again = ""
        return lines

    @property
    def away_s(self) -> float | None:
        """How long the link has been lost; None while it is there."""
        if self._lost is None or self._steady_s is not None or self.now.state == CATCHING_UP:
            return None
        return self.now.at_s - self._lost[1]

    def _turned(self, before: LinkNow, now: LinkNow) -> list[str]:
        if now.state == "streaming" and before.state in ("looking", "connecting"):
            return ["samples are coming"]
        if now.state == LOST:
            self.again, self._steady_s, self._found_s = "", None, None
            if self._lost is None:
                self._lost = (before, now.at_s - (now.age_s or 0.0))
                return [f"LINK LOST{_why(now)}: reconnecting, the count is kept"]
        elif self._lost is not None and now.state in (CATCHING_UP, "streaming"):
            is_first, self._steady_s = self._found_s is None, None
            self._found_s = now.at_s if self._found_s is None else self._found_s
            if is_first and now.state == CATCHING_UP:
                return [f"connected again after {self._found_s - self._lost[1]:.1f} s, catching up"]
        elif self._lost is not None and now.state == STOPPED and self._steady_s is None:
            return [f"the sensor did not come back{_why(now)}"]
        return []

    def _back(self, now: LinkNow) -> list[str]:
        """The link has been whole again for a moment: what the loss cost."""
        assert self._lost is not None
        if now.state != "streaming" or self._found_s is None:
            return []
        if self._steady_s is None:
            self._steady_s = now.at_s
        if now.at_s - self._steady_s < SETTLED_S:
            return []
        was, since_s = self._lost
        late, gone = now.backfilled - was.backfilled, now.lost - was.lost
        parts = [f"{now.span_s(late):.1f} s back-filled"] if late else []
        parts.append(f"a gap of {now.span_s(gone):.1f} s stays" if gone > 0 else "nothing is missing")
        self.again = f"connected again after {self._found_s - since_s:.1f} s: {', '.join(parts)}"
        self._again_s, self._lost, self._steady_s, self._said_lost = now.at_s, None, None, now.lost
        return [self.again]

    def _gap(self, now: LinkNow) -> list[str]:
        """Samples lost while the link was there."""
        fresh_s = now.span_s(now.lost - self._said_lost)
        if fresh_s < GAP_WORTH_SAYING_S:
            return []
        self._said_lost = now.lost
        return [f"gap: {fresh_s:.1f} s of the signal lost"]


def _why(now: LinkNow) -> str:
    return f" ({now.trouble.rstrip('.')})" if now.trouble else ""
