"""What a logger writes down: clocks, batches over the air, lost and repeated rows, gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int_]

STAMPS = ("device", "spread", "burst")
LONGEST_BATCH_S = 0.3


@dataclass(frozen=True, slots=True)
class Link:
    """How samples travel and are stamped.

    ``stamp``: "device" is the sensor's own clock; "burst" the host's clock at arrival, all rows of a batch
    within a millisecond; "spread" the arrival, with the batch's rows dated back by the nominal interval.
    """

    stamp: str = "device"
    batch: int = 8
    interval_s: float = 0.03
    jitter_s: float = 0.0
    ppm: float = 0.0
    loss: float = 0.0
    repeats: int = 0
    gap: tuple[float, float] | None = None
    tick_s: float = 0.0
    offset_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Log:
    """Rows in the order a logger wrote them: their stamps, and which sample each row is."""

    time_s: FloatArray
    sample: IntArray


def draw_link(rng: np.random.Generator, duration_s: float, nominal_hz: float, quality: str, stamp: str | None) -> Link:
    """A random link; ``quality`` is "perfect", "usual" or "poor"."""
    if quality == "perfect":
        return Link(stamp or "device", tick_s=0.001)
    poor = quality == "poor"
    gap = None
    if rng.random() < (0.5 if poor else 0.12):
        length = rng.uniform(0.5, 4.0)
        gap = (float(rng.uniform(0.2, 0.8) * duration_s), float(length))
    loss = float(rng.choice([0.03, 0.05])) if poor else float(rng.choice([0.0, 0.0, 0.005, 0.01]))
    return Link(
        stamp=stamp or str(rng.choice(STAMPS, p=[0.6, 0.2, 0.2])),
        batch=min(int(rng.integers(4, 16)), int(LONGEST_BATCH_S * nominal_hz)),
        interval_s=float(rng.choice([0.0075, 0.015, 0.03, 0.05])),
        jitter_s=float(rng.choice([0.0002, 0.0005, 0.002])),
        ppm=float(rng.uniform(-100, 100)),
        loss=loss,
        repeats=int(rng.integers(1, 4)) if rng.random() < (0.4 if poor else 0.1) else 0,
        gap=gap,
        tick_s=float(rng.choice([0.0, 0.001, 0.0001])),
        offset_s=float(rng.choice([0.0, 0.0, rng.uniform(0, 5000)])),
    )


def clock(link: Link, true_s: npt.ArrayLike) -> FloatArray:
    """True time on the clock that the recording's ``time_s`` column keeps."""
    drift = link.ppm * 1e-6 if link.stamp == "device" else 0.0
    return np.asarray(np.asarray(true_s, dtype=np.float64) * (1 + drift) + link.offset_s)


def write_log(rng: np.random.Generator, link: Link, instants_s: FloatArray, nominal_hz: float) -> Log:
    """Stamps and order of the rows for samples taken at ``instants_s`` (true time)."""
    n = len(instants_s)
    sample = np.arange(n)
    batch = sample // link.batch
    if link.stamp == "device":
        stamps = clock(link, instants_s + link.jitter_s * rng.normal(size=n))
    else:
        stamps = _arrivals(rng, link, instants_s, batch, nominal_hz)
    if link.tick_s:
        stamps = np.round(stamps / link.tick_s) * link.tick_s
    keep = ~_lost(rng, link, instants_s, batch)
    log = Log(stamps[keep], sample[keep])
    return _repeated(rng, link, log)


def _arrivals(
    rng: np.random.Generator, link: Link, instants_s: FloatArray, batch: IntArray, nominal_hz: float
) -> FloatArray:
    """Host time: a batch waits for the next connection event, sometimes for one more, and for the host."""
    last = np.append(np.nonzero(np.diff(batch))[0], len(batch) - 1)
    ready = instants_s[last]
    event = np.ceil(ready / link.interval_s) * link.interval_s
    retries = rng.geometric(0.92, len(last)) - 1
    arrival = event + retries * link.interval_s + rng.exponential(link.jitter_s + 0.001, len(last))
    arrival = np.maximum.accumulate(arrival)
    size = np.diff(np.concatenate([[-1], last]))
    place = np.arange(len(batch)) - np.repeat(np.concatenate([[0], last[:-1] + 1]), size)
    if link.stamp == "burst":
        return clock(link, arrival[batch] + 0.0002 * place)
    return clock(link, arrival[batch] - (np.repeat(size, size) - 1 - place) / nominal_hz)


def _lost(rng: np.random.Generator, link: Link, instants_s: FloatArray, batch: IntArray) -> npt.NDArray[np.bool_]:
    """Lost samples: whole batches, the gap, and, where the sensor stamps them itself, single ones."""
    single = link.loss / 2 if link.stamp == "device" else 0.0
    lost = rng.random(len(instants_s)) < single
    lost |= (rng.random(batch[-1] + 1) < link.loss - single)[batch]
    if link.gap is not None:
        lost |= (instants_s >= link.gap[0]) & (instants_s < link.gap[0] + link.gap[1])
    lost[[0, -1]] = False
    return lost


def _repeated(rng: np.random.Generator, link: Link, log: Log) -> Log:
    """A few runs of 3-20 rows written twice, as after a reconnection."""
    time_s, sample = log.time_s, log.sample
    for _ in range(link.repeats):
        length = int(rng.integers(3, 21))
        if len(sample) <= length + 2:
            break
        first = int(rng.integers(0, len(sample) - length))
        stop = first + length
        time_s = np.concatenate([time_s[:stop], time_s[first:stop], time_s[stop:]])
        sample = np.concatenate([sample[:stop], sample[first:stop], sample[stop:]])
    return Log(time_s, sample)
