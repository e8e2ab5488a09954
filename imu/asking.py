"""What the host asked a sensor on one connection, and what the answers mean: its clock, and samples to send again."""

from __future__ import annotations

from collections import deque
from typing import TypeAlias

from firmware_protocol import control, wire
from firmware_protocol.packet import Promised, ProtocolError, Reply, Synced
from firmware_protocol.registry import Codec
from imu.clockfit import ClockFit
from imu.grid import without
from imu.records import Record
from imu.tracks import Numbered, Track

MOST_ASKED = 0xFFFF
"""Samples of one request for back-fill: its count has 16 bits (SPEC.md)."""
MOST_OPEN = 4
"""Back-fills that a sensor must take at a time (SPEC.md, 5); it may refuse more, and what it refuses is lost."""

Span: TypeAlias = tuple[int, int]
"""A stretch [start, stop) of the grid."""


class Asking:
    """The questions of one connection, known from the records of what was written.

    Args:
        codec: the sensor's kind.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._given: list[Span] = []
        self._asked: deque[Span] = deque()
        self._questions: dict[bytes, float] = {}
        self._syncs: list[tuple[float, Synced, float]] = []

    def fresh(self, awaited: list[Span]) -> list[Span]:
        """What to ask for now: what of the awaited stretches this method has not given before.

        In pieces that one request can ask for, and no more of them than a sensor takes at a time.
        """
        self._given = [given for given in self._given if without([given], awaited) != [given]]
        pieces = [
            (start, min(start + MOST_ASKED, stop))
            for first, stop in without(awaited, self._given)
            for start in range(first, stop, MOST_ASKED)
        ][: MOST_OPEN - len(self._given)]
        self._given += pieces
        return pieces

    def written(self, record: Record, track: Track | None) -> None:
        """A command is being written."""
        if record.uuid != wire.CONTROL:
            return
        try:
            request = control.decode_request(record.data)
        except ProtocolError:
            return
        if isinstance(request, control.Sync):
            self._questions[record.data] = record.time_ns * 1e-9
        elif isinstance(request, control.Backfill) and isinstance(track, Numbered):
            start = track.start_of(request.first)
            self._asked.append((start, start + request.count))

    def synced(self, synced: Synced, now_s: float) -> None:
        """An answer to "what does your clock say?"."""
        question = self._codec.sync(synced.token)
        asked_s = self._questions.pop(question.data, None) if question else None
        if asked_s is not None:
            self._syncs.append((asked_s, synced, now_s))

    def tell(self, fit: ClockFit, track: Track | None) -> None:
        """Hand the answers on, as soon as there is a track whose clock they belong to."""
        if not isinstance(track, Numbered):
            return
        for asked_s, synced, now_s in self._syncs:
            fit.asked(asked_s, track.near_s(synced.received_us * 1e-6))
            fit.answered(track.near_s(synced.sent_us * 1e-6), now_s)
        self._syncs.clear()

    def not_promised(self, promised: Promised, track: Track | None) -> list[Span]:
        """What was asked for and will not come.

        Answers come in the order of the questions; a question before the one that is answered was not heard.
        """
        if not isinstance(track, Numbered):
            return []
        start = track.start_of(promised.first)
        number = next((at for at, (first, stop) in enumerate(self._asked) if first <= start <= stop), None)
        if number is None:
            return []
        for _ in range(number):
            self._asked.popleft()
        first, stop = self._asked.popleft()
        return [(first, min(start, stop)), (max(start + promised.length, first), stop)]

    def refused(self, reply: Reply) -> Span:
        """What a refused request was for; nothing, (0, 0), where the reply is another."""
        if reply.ok or reply.op != control.Op.BACKFILL or not self._asked:
            return (0, 0)
        return self._asked.popleft()
