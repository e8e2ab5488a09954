"""A lab streaming layer of lists, with a clock that a test turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from imu.blocks import FloatArray
from kickback.lab.facts import Facts


@dataclass
class Listed:
    """A stream that keeps what it is given."""

    facts: Facts
    values: list[FloatArray] = field(default_factory=list)
    stamps: list[FloatArray] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    text_stamps: list[float] = field(default_factory=list)

    def push(self, values: FloatArray, at_s: FloatArray) -> None:
        assert values.shape == (len(at_s), len(self.facts.channels))
        self.values.append(values)
        self.stamps.append(at_s)

    def say(self, texts: Sequence[str], at_s: Sequence[float]) -> None:
        self.texts += texts
        self.text_stamps += at_s

    @property
    def all_values(self) -> FloatArray:
        return np.vstack(self.values)

    @property
    def all_stamps(self) -> FloatArray:
        return np.concatenate(self.stamps)


@dataclass
class FakeLayer:
    """Where :class:`Listed` streams are made."""

    clock_s: float = 5000.0
    opened: list[Listed] = field(default_factory=list)

    def now_s(self) -> float:
        return self.clock_s

    def open(self, facts: Facts) -> Listed:
        self.opened.append(Listed(facts))
        return self.opened[-1]


@pytest.fixture
def layer() -> FakeLayer:
    return FakeLayer()
