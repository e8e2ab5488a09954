"""Who wears which sensor where, from what was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.params import Params
from kickback.errors import UsageError

MOST = 2
"""Sensors in one session: one a leg."""


@dataclass(frozen=True)
class Worn:
    """A sensor that is asked for.

    Attributes:
        sensor: its name or serial number, None for the only one around.
        legs: one leg for all sets, several for one each, none when nobody said.
    """

    sensor: str | None = None
    legs: tuple[str, ...] = ()

    @property
    def leg(self) -> str | None:
        """The leg that wears it, where it is one for the whole session."""
        return self.legs[0] if len(self.legs) == 1 else None

    def params(self, common: Params) -> Params:
        """The session's params for this sensor.

        Raises:
            ValueError: a leg is neither left nor right.
        """
        return replace(common, legs=self.legs)


def worn_of(sensors: Sequence[str], legs: Sequence[str], *, virtual: bool = False) -> tuple[Worn, ...]:
    """Pair sensors with legs in their order.

    Args:
        sensors, legs: as typed, each possibly more than once. virtual: legs alone make sensors.

    Raises:
        UsageError: they do not go together; the line says why.
    """
    many = max(len(sensors), len(legs) if virtual else 1, 1)
    if many > MOST:
        raise UsageError(f"{many} sensors: {MOST} are the most in one session, one a leg")
    if legs and len(legs) != many:
        raise UsageError(
            f"--leg was said {len(legs)} times for {many} sensor{'s' if many > 1 else ''}: "
            "say it once for each --sensor, in the same order (left,right means: one leg a set)"
        )
    if len({each.casefold() for each in sensors}) < len(sensors):
        raise UsageError(f"--sensor {sensors[0]} was said twice: two sensors have two names, or two serial numbers")
    names = [*sensors, *[None] * (many - len(sensors))]
    found = [
        Worn(name, tuple(part.strip().lower() for part in legs[number].split(",")) if legs else ())
        for number, name in enumerate(names)
    ]
    if wrong := next((leg for each in found for leg in each.legs if leg not in ("left", "right")), None):
        raise UsageError(f"--leg {wrong!r} is neither 'left' nor 'right'")
    if many > 1 and legs and (found[0].leg is None or {each.leg for each in found} != {"left", "right"}):
        raise UsageError("two sensors are on two legs: --leg left for one, --leg right for the other")
    return tuple(found)
