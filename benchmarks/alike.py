"""Whether two runs of the pipeline said the same: ranges, counts and flags alike, real numbers within 1e-9."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from analysis.results import Event, Progress

WITHIN = 1e-9


def alike(one: Any, other: Any) -> bool:
    """Whether two values are the same event, or parts of one; unknown equals unknown."""
    if dataclasses.is_dataclass(one) and not isinstance(one, type):
        return type(one) is type(other) and all(
            alike(getattr(one, field.name), getattr(other, field.name)) for field in dataclasses.fields(one)
        )
    if isinstance(one, np.ndarray):
        return one.shape == other.shape and bool(np.allclose(one, other, rtol=0, atol=WITHIN, equal_nan=True))
    if isinstance(one, float) and isinstance(other, float):
        return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=0, abs_tol=WITHIN)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(alike(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)


def lasting(events: Iterable[Event]) -> list[Event]:
    """Everything but progress."""
    return [event for event in events if not isinstance(event, Progress)]
