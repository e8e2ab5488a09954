from __future__ import annotations

import math

import pytest

from imu.units import ACC_TO_MPS2, DEG_PER_RAD, G0_MPS2, GYR_TO_RADPS, RAD_PER_DEG, TIME_TO_S, factor, normal


@pytest.mark.parametrize(
    ("quantity", "unit", "expected"),
    [
        ("acceleration", "g", 9.80665),
        ("acceleration", "[mg]", 0.00980665),
        ("acceleration", "m/(s^2)", 1.0),
        ("acceleration", "M / S^2", 1.0),
        ("angular velocity", "deg/s", math.pi / 180),
        ("angular velocity", "°/s", math.pi / 180),
        ("angular velocity", "d/s", math.pi / 180),
        ("angular velocity", "rad/s", 1.0),
        ("time", "us", 1e-6),
        ("time", "ns", 1e-9),
    ],
)
def test_spellings(quantity: str, unit: str, expected: float) -> None:
    assert factor(quantity, unit) == pytest.approx(expected, rel=1e-12)


def test_an_unknown_unit_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'furlong' is not a known unit of acceleration; known are .*mg"):
        factor("acceleration", "furlong")


def test_the_tables_are_spelled_as_normal_spells_them_and_share_no_unit() -> None:
    tables = (ACC_TO_MPS2, GYR_TO_RADPS, TIME_TO_S)
    for table in tables:
        assert all(normal(unit) == unit for unit in table)
    assert len(set().union(*tables)) == sum(map(len, tables))


def test_degrees_and_gravity() -> None:
    assert math.isclose(RAD_PER_DEG * DEG_PER_RAD, 1.0)
    assert ACC_TO_MPS2["g"] == G0_MPS2 == 1000 * ACC_TO_MPS2["mg"]
