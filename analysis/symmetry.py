"""Left against right by named formulas: each is another number, so the name and both raw values stand beside it.

All take one value a person and side, of one measure, and work element by element. Whether a difference is real is
told by the minimal detectable change (:func:`analysis.agreement.mdc95`), not by an index. Worked examples: the page
on statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from imu.blocks import FloatArray


@dataclass(frozen=True, slots=True)
class Formula:
    """One index of symmetry.

    Attributes:
        name: how it is called in tables.
        text: the formula, as a paper would write it.
        source: where it is from.
        of: left and right values, shapes (n,), to the index in percent, shape (n,).
    """

    name: str
    text: str
    source: str
    of: Callable[[npt.ArrayLike, npt.ArrayLike], FloatArray]


def lsi(left: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
    """Limb symmetry index as 100 x smaller / larger, percent; 100 is symmetry, and it does not tell which is larger.

    Args:
        left, right: shapes (n,), one unit; NaN in the answer unless both are known and positive.

    Raises:
        ValueError: the shapes differ.
    """
    a, b = _sides(left, right)
    return _where((a > 0) & (b > 0), lambda x, y: 100 * np.minimum(x, y) / np.maximum(x, y), a, b)


def lsi_involved(involved: npt.ArrayLike, uninvolved: npt.ArrayLike) -> FloatArray:
    """Limb symmetry index as 100 x involved / uninvolved, percent: for a side that is known to be the injured one.

    Args:
        involved, uninvolved: shapes (n,), one unit; NaN in the answer unless both are known and the second positive.

    Raises:
        ValueError: the shapes differ.
    """
    a, b = _sides(involved, uninvolved)
    return _where(b > 0, lambda x, y: 100 * x / y, a, b)


def symmetry_index(left: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
    """Symmetry index, percent: 100 x (right - left) / (0.5 x (right + left)); 0 is symmetry, positive a larger right.

    Args:
        left, right: shapes (n,), one unit; NaN in the answer where one is negative or unknown, or both are 0.

    Raises:
        ValueError: the shapes differ.
    """
    a, b = _sides(left, right)
    return _where((a >= 0) & (b >= 0) & (a + b > 0), lambda x, y: 200 * (y - x) / (y + x), a, b)


def percent_difference(left: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
    """Percentage difference, for tasks of one leg at a time: 100 x (larger - smaller) / larger; 0 is symmetry.

    Args:
        left, right: shapes (n,), one unit; NaN in the answer where one is negative or unknown, or both are 0.

    Raises:
        ValueError: the shapes differ.
    """
    a, b = _sides(left, right)
    return _where((a >= 0) & (b >= 0) & (a + b > 0), lambda x, y: 100 * np.abs(y - x) / np.maximum(x, y), a, b)


def symmetry_angle(left: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
    """Symmetry angle, percent: 100 x (45 deg - arctan(left / right)) / 90 deg, less 180 deg above 90 deg.

    0 is symmetry, positive a larger right, -100 to 100; no side is the reference and no limit is reached by a small
    one.

    Args:
        left, right: shapes (n,), one unit; NaN in the answer where one is unknown, or both are 0.

    Raises:
        ValueError: the shapes differ.
    """
    a, b = _sides(left, right)

    def angle(x: FloatArray, y: FloatArray) -> FloatArray:
        ratio = np.divide(x, y, out=np.copysign(np.full_like(x, np.inf), x), where=y != 0)
        turned = 45 - np.degrees(np.arctan(ratio))
        return np.asarray(np.where(turned > 90, turned - 180, turned) / 0.9, dtype=np.float64)

    return _where(np.isfinite(a) & np.isfinite(b) & ((a != 0) | (b != 0)), angle, a, b)


FORMULAS: Mapping[str, Formula] = MappingProxyType(
    {
        formula.name: formula
        for formula in (
            Formula(
                "lsi",
                "100 × smaller / larger",
                "Bishop et al., Strength Cond. J. 38(6), 2016, 27-32 (LSI, weaker over stronger)",
                lsi,
            ),
            Formula(
                "symmetry_index",
                "100 × (right - left) / (0.5 × (right + left))",
                "Robinson, Herzog and Nigg, J. Manipulative Physiol. Ther. 10, 1987, 172-176",
                symmetry_index,
            ),
            Formula(
                "percent_difference",
                "100 × (larger - smaller) / larger",
                "Bishop et al., Strength Cond. J. 40(4), 2018, 1-6",
                percent_difference,
            ),
            Formula(
                "symmetry_angle",
                "100 × (45° - arctan(left / right)) / 90°, less 180° above 90°",
                "Zifchock et al., Gait Posture 27, 2008, 622-627",
                symmetry_angle,
            ),
        )
    }
)
"""By name; :func:`lsi_involved` is apart, because left and right do not tell which side is the involved one."""


def _sides(a: npt.ArrayLike, b: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    first, second = np.atleast_1d(np.asarray(a, dtype=np.float64)), np.atleast_1d(np.asarray(b, dtype=np.float64))
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(f"both sides must have one shape (n,), got {first.shape} and {second.shape}")
    return first, second


def _where(
    usable: npt.NDArray[np.bool_],
    formula: Callable[[FloatArray, FloatArray], FloatArray],
    a: FloatArray,
    b: FloatArray,
) -> FloatArray:
    """The formula where it can be used, NaN elsewhere; an unknown value makes no comparison true."""
    usable = usable & np.isfinite(a) & np.isfinite(b)
    out = np.full(a.shape, np.nan)
    out[usable] = formula(a[usable], b[usable])
    return out
