"""What the figures call things: measures with their units, how many of what, and where data is simulated."""

from __future__ import annotations

import pandas as pd

_NAMES = {
    "concentric_s": "Way out, concentric",
    "hold_s": "Hold",
    "eccentric_s": "Way back, eccentric",
    "pause_s": "Pause between reps",
    "tut_s": "Time under tension of a rep",
    "rom_deg": "Range of motion",
    "peak_concentric_dps": "Peak speed on the way out",
    "peak_eccentric_dps": "Peak speed on the way back",
    "pulses": "Pulses",
    "axial_rotation_deg": "Axial rotation at the top",
    "plane_tilt_deg": "Tilt of the plane",
    "hold_sway_deg": "Sway in the hold",
}
_UNITS = {"_s": "s", "_deg": "°", "_dps": "°/s", "_percent": "%"}
_PLURALS = {"person": "people"}


def name_of(measure: str) -> str:
    """A measure without its unit: ``Range of motion`` for ``rom_deg``; an unknown one by its own name."""
    known = _NAMES.get(measure)
    if known is not None:
        return known
    end = next((end for end in _UNITS if measure.endswith(end)), "")
    text = measure.removesuffix(end).replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def unit_of(measure: str) -> str:
    """``s``, ``°``, ``°/s`` or ``%`` by the ending of the name; empty where it has none."""
    return next((unit for end, unit in _UNITS.items() if measure.endswith(end)), "")


def label_of(measure: str) -> str:
    """A measure for an axis: ``Range of motion (°)``."""
    unit = unit_of(measure)
    return f"{name_of(measure)} ({unit})" if unit else name_of(measure)


def signed(text: str) -> str:
    """The text with real minus signs: as wide as a plus, and what the axes have."""
    return text.replace("-", "\N{MINUS SIGN}")


def many(count: int, noun: str) -> str:
    """``1 person``, ``12 people``, ``3 reps``."""
    return f"{count} {noun}" if count == 1 else f"{count} {_PLURALS.get(noun, noun + 's')}"


def simulated_words(reps: pd.DataFrame) -> str:
    """What has to stand in the picture: which part of the recordings no person made; empty where people made all.

    Args:
        reps: a table with the column ``simulated`` (bool), and ``recording`` where parts are to be counted. Without
            the column nothing is known of it, and nothing is said.
    """
    if "simulated" not in reps.columns or not len(reps):
        return ""
    made_up = reps["simulated"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    if made_up.all():
        return "SIMULATED"
    if not made_up.any():
        return ""
    if "recording" not in reps.columns:
        return "SIMULATED in part"
    part, whole = reps.loc[made_up, "recording"].nunique(), reps["recording"].nunique()
    return f"SIMULATED in part: {part} of {many(whole, 'recording')}"
