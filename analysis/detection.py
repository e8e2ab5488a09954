"""How well reps are found, in one number: F1 with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.intervals import RESAMPLES, Figure, clustered
from analysis.score import Score
from imu.blocks import FloatArray


def detection(scores: Sequence[Score], *, seed: int = 0, resamples: int = RESAMPLES) -> Figure:
    """F1 of finding reps: the harmonic mean of the share of true ones found and of found ones real.

    By counts, 2 TP / (2 TP + FN + FP) (van Rijsbergen, Information Retrieval, 1979, chapter 7); the interval draws
    recordings anew. Its n is the number of true reps.
    """

    def f1(hits: FloatArray) -> FloatArray:
        found, real = hits[hits[:, 0] == 0, 1], hits[hits[:, 0] == 1, 1]
        wrong = float((1 - found).sum() + (1 - real).sum())
        right = float(found.sum())
        return np.array([2 * right / (2 * right + wrong) if right + wrong else np.nan])

    kinds = ("found", "real")
    groups = [np.concatenate([_of_kind(k, one.hits[name]) for k, name in enumerate(kinds)]) for one in scores]
    found = clustered(groups, f1, seed=seed, resamples=resamples)[0]
    return replace(found, n=sum(len(one.hits["found"]) for one in scores))


def _of_kind(kind: int, hits: FloatArray) -> FloatArray:
    return np.column_stack([np.full(len(hits), float(kind)), hits])
