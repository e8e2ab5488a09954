"""How well the sensor's clock is fitted: five minutes of a link in bursts, a clock that is off by up to 200 ppm.

    python benchmarks/clock.py

The link is a model: packets, questions and answers leave at connection events, which are the host's; now and then the
link stalls and a burst follows. The records go through the assembler as live. Errors are against the model's truth.
"""

from __future__ import annotations

import argparse
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.machine import out_argument, write_result
from firmware_protocol import control, wire
from firmware_protocol.registry import codec
from imu.assembler import Assembler
from imu.records import Kind, Record

SECONDS = 300.0
OFFSET_S = 5000.0
SKEWS_PPM = (-200.0, -83.0, -37.0, 12.0, 120.0, 200.0)
INTERVALS_S = (0.0075, 0.015, 0.030, 0.050)
RATES_HZ = (100, 200)
ASK_EVERY_S = 2.0


@dataclass
class Model:
    """A link and a sensor whose clock runs by ``1 / (1 + skew)`` of the host's.

    Attributes:
        skew: seconds a second. interval_s: between connection events. rate_hz: by the sensor's clock.
        asks: whether the time-sync operation is there. seed: of the stalls and of the moments of asking.
    """

    skew: float
    interval_s: float
    rate_hz: int
    asks: bool
    seed: int

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.stalls = np.sort(self.random.uniform(5.0, SECONDS, 25))
        self.lengths = self.random.uniform(0.1, 0.6, 25)

    def host_s(self, sensor_s: float) -> float:
        """True host time of an instant of the sensor's clock."""
        return OFFSET_S + sensor_s * (1 + self.skew)

    def event_s(self, host_s: float) -> float:
        """The next connection event, put off while the link stalls, and a little work of the two computers."""
        event = math.ceil(host_s / self.interval_s) * self.interval_s
        at = int(np.searchsorted(self.stalls, event - OFFSET_S)) - 1
        if at >= 0 and event - OFFSET_S < self.stalls[at] + self.lengths[at]:
            event = math.ceil((OFFSET_S + self.stalls[at] + self.lengths[at]) / self.interval_s) * self.interval_s
        return float(event + self.random.gamma(2.0, 0.0003))

    def records(self) -> list[Record]:
        """All that the client would have noted, in order."""
        info = wire.Info(0, 0, self.rate_hz, 16, 2000, 10**6, 10**6, 30, 1).encode()
        begin = int(OFFSET_S * 1e9) - 1
        first = [
            Record.of_facts(Kind.CONNECTED, begin, name="model"),
            Record.of_bytes(Kind.READ, begin, wire.INFO, info),
        ]
        rest = [*self._data(), *(self._questions() if self.asks else [])]
        return first + sorted(rest, key=lambda each: each.time_ns)

    def _data(self) -> Iterator[Record]:
        batch = self.rate_hz // 20
        still = ((0, 0, 9807, 0, 0, 0),) * batch
        earliest = 0.0
        for start in range(0, int(SECONDS * self.rate_hz), batch):
            t_us = round(start / self.rate_hz * 1e6)
            at_s = max(self.event_s(self.host_s((start + batch - 1) / self.rate_hz)), earliest)
            earliest = at_s
            packet = wire.DataPacket(start % 2**16, t_us % 2**32, still)
            yield Record.of_bytes(Kind.NOTIFIED, int(at_s * 1e9), wire.DATA, packet.encode())

    def _questions(self) -> Iterator[Record]:
        for token, each in enumerate(np.arange(0.3, SECONDS - 1.0, ASK_EVERY_S)):
            asked_s = OFFSET_S + float(each + self.random.uniform(0, 0.2))
            yield Record.of_bytes(Kind.WRITTEN, int(asked_s * 1e9), wire.CONTROL, control.Sync(token).encode())
            received_s = self.event_s(asked_s)
            sensor_us = round((received_s - OFFSET_S) / (1 + self.skew) * 1e6)
            payload = (token, sensor_us, 200, int(sensor_us * 1e-6 * self.rate_hz))
            answer = control.Answer(control.Op.SYNC, control.Result.OK, struct.pack(control.Answer.SYNC, *payload))
            at_s = self.event_s(received_s + 0.0002)
            yield Record.of_bytes(Kind.NOTIFIED, int(at_s * 1e9), wire.CONTROL, answer.encode())


def measure(model: Model) -> dict[str, float | None]:
    """Errors of the fit after all records: skew, spacing of the samples, offset, and what is said of it."""
    assembler = Assembler(codec("kickback"))
    samples = 0
    for record in model.records():
        samples += sum(len(block) for block in assembler.take(record))
    samples += sum(len(block) for block in assembler.finish())
    line, rate_hz = assembler.fit.line, assembler.rate_hz
    assert line is not None and rate_hz is not None
    at = np.arange(samples)
    error_s = np.array([line.host_s(k / rate_hz) - model.host_s(k / model.rate_hz) for k in at])
    return {
        "skew_error_ppm": line.skew * 1e6 - model.skew * 1e6,
        "spacing_error_ms": float(error_s.max() - error_s.min()) * 1e3,
        "offset_error_ms": float(np.abs(error_s).max()) * 1e3,
        "uncertainty_ms": None if line.uncertainty_s is None else line.uncertainty_s * 1e3,
        "lost": assembler.tally.lost,
    }


def main() -> None:
    """Print and keep the worst of each link."""
    parser = argparse.ArgumentParser(description=__doc__)
    out_argument(parser, "clock")
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for asks in (True, False):
        for interval_s in INTERVALS_S:
            for rate_hz in RATES_HZ:
                found = [
                    measure(Model(skew * 1e-6, interval_s, rate_hz, asks, seed))
                    for skew in SKEWS_PPM
                    for seed in (1, 2)
                ]
                row: dict[str, Any] = {"asks": asks, "interval_ms": interval_s * 1e3, "rate_hz": rate_hz}
                for name in ("skew_error_ppm", "spacing_error_ms", "offset_error_ms"):
                    row[name] = max(abs(each[name] or 0.0) for each in found)
                said = [each["uncertainty_ms"] for each in found if each["uncertainty_ms"] is not None]
                row["said_uncertainty_ms"] = max(said) if said else None
                rows.append(row)
                print({key: round(value, 2) if isinstance(value, float) else value for key, value in row.items()})
    write_result(arguments.out, {"seconds": SECONDS, "skews_ppm": SKEWS_PPM, "worst_of_12": rows})


if __name__ == "__main__":
    main()
