"""What a session is held with, as the store keeps it, and read again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from analysis.params import Params, Tempo
from analysis.presets import PRESETS, Exercise
from kickback.errors import KickbackError

ROUNDED = 1e-3
"""The store rounds a preset's numbers to three decimals or finer, see :func:`kickback.document.plain`."""


@dataclass(frozen=True)
class Setting:
    """All that was set.

    Attributes:
        params: of the session, without legs. legs: of each sensor.
        said: the options that another analysis of the raw files needs, as they are typed.
        virtual: virtual sensors were used.
    """

    params: Params
    legs: tuple[tuple[str, ...], ...]
    said: str = ""
    virtual: bool = False

    def document(self) -> dict[str, Any]:
        """As JSON knows it."""
        return {
            "exercise": asdict(self.params.exercise),
            "tempo": str(self.params.tempo),
            "hip_rotation_limit_deg": self.params.hip_rotation_limit_deg,
            "legs": [list(each) for each in self.legs],
            "said": self.said,
            "virtual": self.virtual,
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """From the store.

        Raises:
            KickbackError: another program has written something else there.
        """
        try:
            params = Params(
                _exercise(document["exercise"]),
                Tempo.parse(document["tempo"]),
                (),
                document["hip_rotation_limit_deg"],
            )
            legs = tuple(tuple(map(str, each)) for each in document["legs"])
            return cls(params, legs, str(document["said"]), bool(document["virtual"]))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise KickbackError(f"A session that broke off has parameters that are not whole: {error!r}") from error


def said_for(said: str, exercise: Exercise) -> str:
    """The options for another analysis once an exercise was chosen: a preset's name is in the raw file."""
    if exercise.name not in PRESETS:
        return said
    words = shlex.split(said)
    kept = [each for each in zip(words[::2], words[1::2], strict=True) if each[0] != "--exercise"]
    return "".join(f" {option} {shlex.quote(value)}" for option, value in kept)


def _exercise(said: Mapping[str, Any]) -> Exercise:
    """The preset, where it is one but for the rounding; else one of somebody's own."""
    whole: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    preset = PRESETS.get(whole["name"])
    if preset is not None and all(_close(value, whole.get(name)) for name, value in asdict(preset).items()):
        return preset
    return Exercise(**whole)


def _close(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        return all(map(_close, one, other))
    if isinstance(one, float) and isinstance(other, int | float):
        return abs(one - other) < ROUNDED
    return bool(one == other)
