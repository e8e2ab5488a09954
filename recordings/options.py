"""What a user may overrule about the reading of a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """None everywhere means: told from the file.

    Attributes:
        dialect: a dialect's name, as ``registry.formats`` lists them.
        separator: the character between two cells.
        decimal: "." or ",".
        time_unit: "s", "ms", "us" or "ns".
        acc_unit: of acceleration, a key of ``imu.units.ACC_TO_MPS2``.
        gyr_unit: of angular velocity, a key of ``imu.units.GYR_TO_RADPS``.
        rate_hz: samples a second, for a file without a column of time.
        leg: "left" or "right".

    Raises:
        ValueError: ``leg`` is neither.
    """

    dialect: str | None = None
    separator: str | None = None
    decimal: str | None = None
    time_unit: str | None = None
    acc_unit: str | None = None
    gyr_unit: str | None = None
    rate_hz: float | None = None
    leg: str | None = None

    def __post_init__(self) -> None:
        if self.leg not in (None, "left", "right"):
            raise ValueError(f"leg {self.leg!r} is neither 'left' nor 'right'")
