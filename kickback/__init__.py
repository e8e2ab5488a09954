"""Reps, tempo, holds and rotation of the one-leg band kickback from one ankle-worn motion sensor.

The only documented import::

    from kickback import analyze

    result = analyze("monday.csv", leg="left", tempo="3-0-1-1")
    result.reps        # a DataFrame, one row a rep
    result.sets        # a DataFrame, one row a set

and for many of them::

    from kickback import batch, compare, bids

    done = batch("recordings", table="recordings.csv")   # .reps and .sets of all, .failures
    found = compare(done.reps, by="group")               # tables of effects, reliability, symmetry, ...

Everything is loaded on first use: ``import kickback`` alone is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kickback._rooms import check_rooms

if TYPE_CHECKING:
    from analysis.params import Params, Tempo
    from analysis.pipeline import Pipeline
    from analysis.presets import Exercise
    from analysis.results import Progress, Rejected, Rep, SetClosed
    from imu.blocks import Recording, SampleBlock
    from imu.simulate import simulate
    from kickback import bids
    from kickback.batching.face import batch
    from kickback.comparing import compare
    from kickback.inspection import Inspection, inspect
    from kickback.reading import read
    from kickback.report import write_report
    from kickback.result import Analysis
    from kickback.session import analyze
    from recordings import RecordingError

    __version__: str

check_rooms()

_HOME = {
    "Analysis": "kickback.result",
    "Exercise": "analysis.presets",
    "Inspection": "kickback.inspection",
    "Params": "analysis.params",
    "Pipeline": "analysis.pipeline",
    "Progress": "analysis.results",
    "Recording": "imu.blocks",
    "RecordingError": "recordings",
    "Rejected": "analysis.results",
    "Rep": "analysis.results",
    "SampleBlock": "imu.blocks",
    "SetClosed": "analysis.results",
    "Tempo": "analysis.params",
    "analyze": "kickback.session",
    "batch": "kickback.batching.face",
    "compare": "kickback.comparing",
    "inspect": "kickback.inspection",
    "read": "kickback.reading",
    "simulate": "imu.simulate",
    "write_report": "kickback.report",
}

__all__ = [
    "Analysis",
    "Exercise",
    "Inspection",
    "Params",
    "Pipeline",
    "Progress",
    "Recording",
    "RecordingError",
    "Rejected",
    "Rep",
    "SampleBlock",
    "SetClosed",
    "Tempo",
    "analyze",
    "batch",
    "bids",
    "compare",
    "inspect",
    "read",
    "simulate",
    "write_report",
]


def _load(name: str) -> Any:
    home = _HOME.get(name)
    if home is not None:
        value = getattr(import_module(home), name)
    elif name == "bids":
        value = import_module("kickback.bids")
    elif name == "__version__":
        from importlib.metadata import version

        value = version("kickback")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


if not TYPE_CHECKING:  # a type checker shall see the names above and no others
    __getattr__ = _load


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
