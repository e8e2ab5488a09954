"""The steady beat under irregular time stamps: its period and its phase, whatever was lost in between.

A sum of ``exp(2πi t / T)`` over the stamps is long when T is the period, however many ticks are missing:
the periodogram of a point process (Bartlett 1963, J. R. Stat. Soc. B 25:264-296). It is taken over short
blocks first and longer ones after, so that few periods need to be tried and a slow wander does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imu.blocks import FloatArray

_WORK = 16384
"""Stamps looked at for one stage of the search: enough to be sure, few enough to be quick."""

LONG_BLOCK = 4096
"""Ticks that settle the period; more are only asked when the stamps are so noisy that these do not."""


@dataclass(frozen=True, slots=True)
class Beat:
    """A period in the unit of the stamps, and how clearly they show it (0 to 1; see ``significant``)."""

    period: float
    coherence: float
    significant: bool


def find_beat(stamps: FloatArray, rough: float, within: float = 0.06, first: int = 64) -> Beat:
    """The period near ``rough`` that the stamps keep best; arguments as for :func:`find_beats`."""
    return max(find_beats(stamps, rough, within, first), key=lambda beat: beat.coherence)


def find_beats(stamps: FloatArray, rough: float, within: float = 0.06, first: int = 64) -> list[Beat]:
    """The periods near ``rough`` (a share ``within`` on either side) that the stamps keep well, longest first.

    There is more than one when the stamps lie on a lattice: then the period's mirror image in the lattice's
    half frequency fits as well.

    Args:
        stamps: increasing but for jitter, shape (n,), n >= 8.
        rough: a first guess of the period.
        within: how far off the guess may be, as a share of it.
        first: stamps of the blocks to begin with; noisy stamps need more.
    """
    blocks = _blocks(stamps, min(first, len(stamps)))
    tries, power = _scan(blocks, 1.0 / rough, within / rough)
    inner = np.concatenate([[-1.0], power, [-1.0]])
    peaks = np.flatnonzero((power >= inner[:-2]) & (power > inner[2:]) & (power >= 0.5 * power.max()))
    peaks = peaks[np.argsort(-power[peaks])][:3]
    beats = [_refine(stamps, float(tries[peak]), blocks.shape[1]) for peak in peaks]
    return sorted(beats, key=lambda beat: -beat.period)


def _refine(stamps: FloatArray, frequency: float, size: int) -> Beat:
    """Follow one peak through longer and longer blocks."""
    while True:
        blocks = _blocks(stamps, size)
        tries, power = _scan(blocks, frequency, 2.0 / size * frequency)
        best = int(power.argmax())
        frequency = float(tries[best] + (tries[1] - tries[0]) * _vertex(power, best))
        sure = bool(power[best] * size > 1 + 9 / np.sqrt(len(blocks)))
        if size == len(stamps) or (sure and size >= LONG_BLOCK):
            return Beat(1.0 / frequency, float(np.sqrt(power[best])), sure)
        size = min(size * 4, len(stamps))


def _scan(blocks: FloatArray, frequency: float, half: float) -> tuple[FloatArray, FloatArray]:
    """Frequencies up to ``half`` on either side, as close as the blocks can tell, and their mean squared coherence."""
    local = blocks - blocks[:, :1]
    step = 0.25 / float(np.median(local[:, -1]))
    tries = frequency + step * np.arange(-np.ceil(half / step), np.ceil(half / step) + 1)
    turned = np.exp(2j * np.pi * tries[0] * local)
    onwards = np.exp(2j * np.pi * step * local)
    power = np.empty(len(tries))
    for i in range(len(tries)):
        power[i] = np.mean(np.abs(turned.mean(axis=1)) ** 2)
        turned *= onwards
    return tries, power


def _blocks(stamps: FloatArray, size: int) -> FloatArray:
    """Some blocks of ``size`` stamps, spread over the recording, shape (blocks, size)."""
    count = len(stamps) // size
    rows = stamps[: count * size].reshape(count, size)
    wanted = max(1, _WORK // size)
    if count <= wanted:
        return rows
    return np.asarray(rows[np.linspace(0, count - 1, wanted).astype(int)])


def _vertex(power: FloatArray, best: int) -> float:
    """Where between its neighbours the parabola through the highest value has its top."""
    if not 0 < best < len(power) - 1:
        return 0.0
    low, top, high = power[best - 1 : best + 2]
    bend = low - 2 * top + high
    return float(0.5 * (low - high) / bend) if bend < 0 else 0.0


def phase(turns: FloatArray, size: int = 2048) -> FloatArray:
    """The slowly changing phase of ``turns`` (in periods), unwrapped, shape of ``turns``.

    It is the circular mean over runs of ``size``, half overlapping, joined by straight lines.
    """
    size = min(size, len(turns))
    starts = np.arange(0, max(1, len(turns) - size // 2), max(1, size // 2), dtype=np.int64)
    circle = np.exp(2j * np.pi * turns)
    centre = (starts + np.minimum(starts + size, len(turns)) - 1) / 2
    mean = np.array([circle[a : a + size].sum() for a in starts])
    angle = np.unwrap(np.angle(mean)) / (2 * np.pi)
    return np.asarray(np.interp(np.arange(len(turns)), centre, angle))
