"""The leg that a name speaks of."""

from __future__ import annotations

import re


def leg_in(text: str) -> str | None:
    """The leg that a name such as "LeftFoot", "right_ankle" or "acq-left" speaks of; None without one, or with both."""
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", text)}
    legs = words & {"left", "right"}
    return legs.pop() if len(legs) == 1 else None
