"""From the records of one sensor to blocks of samples on one grid, live and from a file alike.

Nothing here looks at a clock or waits: the times are those in the records. Fed with the same records it gives the
same blocks, which is why a raw file replayed years later counts what was counted live.
"""

from __future__ import annotations

from typing import Any

from firmware_protocol.packet import Layout, Packet, Promised, ProtocolError, Reply, Synced
from firmware_protocol.registry import Codec, Wish
from imu.asking import Asking
from imu.blocks import FloatArray, SampleBlock
from imu.clockfit import ClockFit
from imu.grid import Grid, Tally
from imu.merge import Merge, in_si
from imu.records import Kind, Record
from imu.streamrate import first_of, measured_rate_hz
from imu.tracks import ANEW, Bare, Numbered, Placed, Timed, Track, track_for

HOLD_S = 3.0
"""A back-fill that brought nothing for so long is given up; an answer takes some connection intervals."""
UNTOLD_S = 10.0
"""A clock that told no rate for so long stands still; the nominal rate is taken. Arrivals tell one in 5 s."""
MOST_EARLY = 2048
"""Packets that wait for a rate: 10 s of the smallest. Where only one of two sensors sends, the latest are kept."""
BARE_SKEW = 0.05
"""A rate that is told from five seconds of arrivals may be off by this."""


class Assembler:
    """Records in, blocks out.

    Args:
        codec: the sensor's kind. wish: what it was started with.
        rate_hz: samples a second as decided when the session was live; None: it is decided from the stream.

    Attributes:
        rate_hz: samples a second of the grid; None until it is decided, fixed from then on.
        tally: what became of the samples. fit: the sensor's clock against the host's.
    """

    def __init__(self, codec: Codec, wish: Wish | None = None, rate_hz: float | None = None) -> None:
        self._codec, self._wish = codec, wish or Wish()
        self._decoder = codec.decoder(self._wish)
        self._units: Layout | None = None
        self._asking = Asking(codec)
        self._began = False
        self._boot: int | None = None
        self._early: list[tuple[Packet | None, float]] = []
        """Packets before the rate is decided; None where the sensor began anew."""
        self._tracks: dict[str, Track] = {}
        self._merge: Merge | None = None
        self._origin: int | None = None
        """The first sample that both sensors have is sample 0."""
        self._grid: Grid | None = None
        self._given_hz = rate_hz
        self.rate_hz: float | None = None
        self.tally = Tally()
        self.fit = ClockFit()

    @property
    def layout(self) -> Layout | None:
        """What is known of the stream; on a new connection what was known before, until the sensor says it again."""
        return self._decoder.layout or self._units

    @property
    def holding(self) -> bool:
        """Whether samples wait for a back-fill."""
        return bool(self._grid and self._grid.awaited)

    def take(self, record: Record) -> list[SampleBlock]:
        """The next thing that happened; the blocks that can now be given. Bytes that are no packet are counted."""
        now_s = record.time_ns * 1e-9
        if record.kind is Kind.CONNECTED:
            self._connected()
        elif record.kind is Kind.DISCONNECTED:
            self.tally.disconnects += record.facts.get("reason") != "stopped"
            self._began = False
        elif record.kind is Kind.WRITTEN:
            self._asking.written(record, self._tracks.get("both"))
        elif record.kind is Kind.DECIDED and self._given_hz is None and self.rate_hz is None:
            self._given_hz = float(record.facts["rate_hz"])
        elif record.kind in (Kind.READ, Kind.NOTIFIED):
            self._bytes(record, now_s)
        return self._release(now_s)

    def finish(self) -> list[SampleBlock]:
        """Nothing will follow: everything that is held, whatever is still missing."""
        if self.rate_hz is None and len(self._early) > 2 and self._units is not None:
            self._decide(self._given_hz or self._units.rate_hz)
        for name, track in self._tracks.items():
            if isinstance(track, Bare):
                self._place(name, track.finish(self.fit))
        self._drain(last=True)
        return self._grid.take(last=True) if self._grid else []

    def wanted(self) -> list[tuple[int, int]]:
        """What should be asked for again now: first number, 32 bits, and length; each is given once a connection."""
        track = self._tracks.get("both")
        if self._grid is None or not isinstance(track, Numbered) or not self._began:
            return []
        return [(track.count_of(start), stop - start) for start, stop in self._asking.fresh(self._grid.awaited)]

    def facts(self) -> dict[str, Any]:
        """For a FITTED record: the clock, and the samples."""
        tally = self.tally
        return {
            "rate_hz": self.rate_hz,
            **self.fit.facts(),
            "received": tally.received,
            "lost": tally.lost,
            "backfilled": tally.backfilled,
        }

    def _connected(self) -> None:
        self._decoder = self._codec.decoder(self._wish)
        self._asking = Asking(self._codec)
        self._began = False
        if any(packet is not None and packet.ticks is None for packet, _ in self._early):
            self._early.clear()  # arrivals of two connections tell no rate

    def _bytes(self, record: Record, now_s: float) -> None:
        try:
            messages = self._decoder.feed(record.uuid, record.data)
        except ProtocolError as error:
            self.tally.bad_packets += 1
            self.tally.trouble = f"{record.uuid[:8]}: {error}"
            return
        self._units = self.layout
        for message in messages:
            if isinstance(message, Layout):
                self._layout(message)
            elif isinstance(message, Packet):
                self._packet(message, now_s)
            elif isinstance(message, Synced):
                self._asking.synced(message, now_s)
                if self._began:  # before, the clock may be another one than the track's
                    self._asking.tell(self.fit, self._tracks.get("both"))
            elif isinstance(message, Promised):
                self._promised(message, now_s)
            elif isinstance(message, Reply) and self._grid is not None:
                self._grid.give_up(*self._asking.refused(message))

    def _layout(self, layout: Layout) -> None:
        restarted = self._boot is not None and layout.boot is not None and layout.boot != self._boot
        self._boot = self._boot if layout.boot is None else layout.boot
        if restarted:
            self._restart()

    def _restart(self) -> None:
        """The sensor began anew: its next packets have other numbers and another clock."""
        if self.rate_hz is None:
            self._early.append((None, 0.0))
        for track in self._tracks.values():
            track.relink(restarted=True)

    def _packet(self, packet: Packet, now_s: float) -> None:
        layout = self._decoder.layout
        if layout is None:
            return
        if not self._began:
            self._began = True
            if self._grid is not None:
                self._grid.renew(0, now_s)  # without a link nothing could come
            for track in self._tracks.values():
                track.relink(restarted=False)
        if self.rate_hz is not None:
            self._route(packet, now_s)
            return
        self._early.append((packet, now_s))
        acc = self._stream("acc")
        rate = measured_rate_hz(layout, acc)
        if rate is None and acc and now_s - acc[0][1] > UNTOLD_S:
            rate = layout.rate_hz
        if rate is not None and (not layout.apart or self._stream("gyr")):
            self._decide(self._given_hz or rate)
        elif len(self._early) > MOST_EARLY:
            del self._early[0]

    def _stream(self, name: str) -> list[tuple[Packet, float]]:
        """The early packets of one stream since the sensor's start: "acc" is that of both where they come together."""
        anew = [number for number, (packet, _) in enumerate(self._early, 1) if packet is None]
        return [
            (packet, at_s)
            for packet, at_s in self._early[anew[-1] if anew else 0 :]
            if packet is not None and getattr(packet, name) is not None and not packet.backfill
        ]

    def _decide(self, rate_hz: float) -> None:
        layout = self._units
        assert layout is not None
        self.rate_hz = rate_hz
        self._grid = Grid(rate_hz, self.tally)
        if layout.tick_s is None:
            self.fit = ClockFit(BARE_SKEW)
        if layout.apart:
            self._merge = Merge(rate_hz)
            self._tracks = {name: track_for(layout, rate_hz) for name in ("acc", "gyr")}
            for name, track in self._tracks.items():
                if isinstance(track, Bare) and (early := self._stream(name)):
                    track.phase_s = first_of(early, rate_hz)
        else:
            self._tracks = {"both": track_for(layout, rate_hz)}
        waiting, self._early = self._early, []
        for packet, at_s in waiting:
            if packet is None:
                self._restart()
            else:
                self._route(packet, at_s)

    def _route(self, packet: Packet, at_s: float) -> None:
        name = "both" if self._merge is None else "acc" if packet.acc is not None else "gyr"
        placed = self._tracks[name].place(packet, at_s, self.fit)
        self.tally.reboots += name != "gyr" and any(each.why == ANEW for each in placed)
        self._place(name, placed)

    def _place(self, name: str, placed: list[Placed]) -> None:
        for each in placed:
            acc, gyr = in_si(each.packet, self._units)  # held packets may be of the connection before
            if name == "both":
                self._put(each, acc, gyr)
            elif acc is not None and self._merge is not None:
                self._merge.put_acc(each.start, acc, each.at_s)
            elif gyr is not None and self._merge is not None:
                self._merge.put_gyr(each.start, gyr)
        if self._merge is not None:
            self._drain()

    def _put(self, each: Placed, acc: FloatArray | None, gyr: FloatArray | None) -> None:
        assert self._grid is not None and acc is not None and gyr is not None
        again = each.packet.backfill
        if not each.real:
            self._grid.give_up(0, each.start)  # what was missed before goes by other numbers
        awaits = each.real and bool(self.layout and self.layout.buffer_s) and not again
        self._grid.put(each.start, acc, gyr, each.at_s, each.why, fills=again, awaits=awaits)
        if self.layout is not None and self.rate_hz is not None:
            kept_s = self.layout.buffer_s + HOLD_S  # what was sent last from the sensor's memory may be on its way
            self._grid.give_up(0, self._grid.end - round(kept_s * self.rate_hz))

    def _drain(self, last: bool = False) -> None:
        """Bring what both sensors have sent to the grid."""
        acc, gyr = self._tracks.get("acc"), self._tracks.get("gyr")
        if self._merge is None or self._grid is None:
            return
        if isinstance(acc, Bare | Timed) and isinstance(gyr, Bare | Timed):
            self._merge.shift = (acc.phase_s - gyr.phase_s) * self._merge.rate_hz
        for start, acc_rows, gyr_rows, at_s in self._merge.take(last):
            self._origin = start if self._origin is None else self._origin
            self._grid.put(start - self._origin, acc_rows, gyr_rows, at_s)

    def _promised(self, promised: Promised, now_s: float) -> None:
        """The sensor says how much of what was asked for it still has; the rest is lost."""
        if self._grid is None:
            return
        spans = self._asking.not_promised(promised, self._tracks.get("both"))
        for span in spans:
            self._grid.give_up(*span)
        if spans:
            self._grid.renew(spans[0][1], now_s)

    def _release(self, now_s: float) -> list[SampleBlock]:
        if self._grid is None:
            return []
        if self._began:
            self._grid.expire(now_s - HOLD_S)
        return self._grid.take()
