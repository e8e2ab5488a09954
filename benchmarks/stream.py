"""Long simulated streams: sessions put end to end as if one sensor had been worn all along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from imu.blocks import FloatArray
from imu.simulate import simulate

STILL_S = 1.0
"""Every simulated recording begins and ends standing; gravity is taken from this much of it."""
MIX = ("everyday", "walk", "multiset", "stand", "rotation", "fidget", "holds", "sit")
"""Sets, walking and standing, about as they alternate in a gym."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Samples on one grid, nothing lost: acceleration (n, 3) in m/s², angular velocity (n, 3) in rad/s."""

    acc_mps2: FloatArray
    gyr_radps: FloatArray

    def __len__(self) -> int:
        return len(self.acc_mps2)


def piece(kind: str, seed: int, rate_hz: int) -> Piece:
    """One simulated recording by a good sensor, its few lost samples filled in so that any filter can take it."""
    made = simulate(kind, seed, rate_hz=rate_hz, sensor="good", stamp="device").recording()
    samples = np.hstack([made.block.acc_mps2, made.block.gyr_radps])
    lost = made.lost
    at = np.arange(len(samples))
    for column in samples.T:
        column[lost] = np.interp(at[lost], at[~lost], column[~lost])
    return Piece(samples[:, :3], samples[:, 3:])


def pieces(rate_hz: int, rounds: int, kinds: Sequence[str] = MIX, seed: int = 7000) -> list[Piece]:
    """``rounds`` times the kinds, each with other people."""
    return [piece(kind, seed + n, rate_hz) for n in range(rounds) for kind in kinds]


def endless(parts: Sequence[Piece], rate_hz: int) -> Iterator[Piece]:
    """The parts again and again, each turned so that gravity goes on where the part before it ended.

    Without this the sensor would seem to jump to another side of the leg between two samples.
    """
    still = round(STILL_S * rate_hz)
    up: FloatArray | None = None
    while True:
        for part in parts:
            turn = np.eye(3) if up is None else _turn(_mean_direction(part.acc_mps2[:still]), up)
            turned = Piece(part.acc_mps2 @ turn.T, part.gyr_radps @ turn.T)
            up = _mean_direction(turned.acc_mps2[-still:])
            yield turned


def of_length(parts: Sequence[Piece], rate_hz: int, length_s: float) -> Piece:
    """One piece of a given length in seconds."""
    need = round(length_s * rate_hz)
    taken: list[Piece] = []
    for part in endless(parts, rate_hz):
        taken.append(part)
        need -= len(part)
        if need <= 0:
            break
    n = round(length_s * rate_hz)
    acc = np.concatenate([part.acc_mps2 for part in taken])[:n]
    return Piece(acc, np.concatenate([part.gyr_radps for part in taken])[:n])


def _mean_direction(acc: FloatArray) -> FloatArray:
    mean = acc.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


def _turn(start: FloatArray, end: FloatArray) -> FloatArray:
    """The shortest rotation of one unit vector onto another as a matrix (3, 3), by Rodrigues' formula."""
    axis = np.cross(start, end)
    cosine = float(start @ end)
    if cosine < -0.999999:  # opposite: half a turn about any axis across
        across = np.cross(start, np.eye(3)[np.argmin(np.abs(start))])
        across = across / np.linalg.norm(across)
        return np.asarray(2 * np.outer(across, across) - np.eye(3))
    x, y, z = axis
    skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + skew + skew @ skew / (1 + cosine))
