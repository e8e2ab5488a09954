"""From a source to an :class:`~kickback.result.Analysis`: the one path of the command line and the façade."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from analysis.params import Params, Tempo
from analysis.pipeline import Pipeline
from analysis.presets import PRESETS, Exercise
from analysis.results import Event, Rejected, SetClosed
from imu.blocks import FloatArray, Header, Recording, SampleBlock
from kickback.exercise_file import exercise_of
from kickback.reading import Reading, options_of
from kickback.result import Analysis
from kickback.words import POOR_CALIBRATION, many

if TYPE_CHECKING:
    import pandas as pd

    from imu.simulate import Simulated
    from recordings.options import Options

BLOCK_SIZE = 4096
"""Samples handed to the pipeline at once. The events do not depend on it."""


def analyze(
    source: str | Path | Recording | Simulated | pd.DataFrame,
    *,
    params: Params | None = None,
    leg: str | None = None,
    tempo: str | Tempo | None = None,
    hip_rotation_limit_deg: float | None = None,
    from_s: float | None = None,
    to_s: float | None = None,
    exercise: str | Path | Exercise | None = None,
    block_size: int = BLOCK_SIZE,
    **reading: Unpack[Reading],
) -> Analysis:
    """Find sets and reps in a recording.

    Args:
        source: a logger's file, folder or zip, a :class:`Recording`, what ``simulate`` made, or a DataFrame
            (see :func:`from_frame`).
        params: what the user decided; the arguments below replace single fields of it.
        leg: "left", "right", or "left,right" for one per set in their order.
        tempo: the target, such as "3-0-1-1" (eccentric, pause, concentric, squeeze).
        hip_rotation_limit_deg: the flag's limit.
        from_s, to_s: analyze only this part, seconds on the recording's own clock.
        exercise: a preset's name, a TOML file, or an :class:`Exercise`.
        block_size: samples per push; for tests of the promise that it does not matter.
        reading: what overrules the detection of a file's format, see :class:`kickback.reading.Reading`.

    Raises:
        OSError: the file cannot be opened.
        ValueError: the file cannot be understood, an argument is out of range, or the part is empty.
    """
    recording = part(load(source, options_of(**reading) if reading else None), from_s, to_s)
    unsaid = unsaid_of(tempo, exercise) if params is None else frozenset[str]()
    chosen = for_recording(choose(params, leg, tempo, hip_rotation_limit_deg, exercise), recording, unsaid)
    return collect(recording, chosen, run(pipeline_for(recording, chosen), recording.blocks(block_size)))


def load(source: str | Path | Recording | Simulated | pd.DataFrame, options: Options | None = None) -> Recording:
    """Any source as a recording.

    Raises:
        OSError: the file cannot be opened.
        ValueError: the file or the table cannot be understood.
    """
    if isinstance(source, Recording):
        return source
    if isinstance(source, str | Path):
        from recordings import read

        return read(Path(source), options=options)
    from imu.simulate import Simulated

    return source.recording() if isinstance(source, Simulated) else from_frame(source)


def from_frame(frame: pd.DataFrame, name: str = "frame") -> Recording:
    """A recording from a table with ``time_s``, ``acc_x .. acc_z`` in m/s² and ``gyr_x .. gyr_z`` in rad/s.

    The names with units of our own CSV (``acc_x_mps2``, ``gyr_x_radps``) do as well.

    Raises:
        ValueError: a column is missing, the times are no clock, or physics contradicts the units.
    """
    from recordings.check import Units, finish

    def column(short: str, unit: str = "") -> FloatArray:
        found = next((each for each in (short, short + unit) if each in frame.columns), None)
        if found is None:
            raise ValueError(
                f"no column {short!r} in the DataFrame; it needs time_s, acc_x..z (m/s²), gyr_x..z (rad/s)"
            )
        return frame[found].to_numpy(dtype=np.float64)

    acc = np.column_stack([column(f"acc_{axis}", "_mps2") for axis in "xyz"])
    gyr = np.column_stack([column(f"gyr_{axis}", "_radps") for axis in "xyz"])
    header = Header(name=name, rate_hz=1.0, dialect="DataFrame")
    return finish(Path(name), column("time_s"), acc, gyr, Units("m/s^2", "rad/s"), header)


def choose(
    params: Params | None = None,
    leg: str | None = None,
    tempo: str | Tempo | None = None,
    hip_rotation_limit_deg: float | None = None,
    exercise: str | Path | Exercise | None = None,
) -> Params:
    """Params with single fields replaced by what a user typed.

    Raises:
        ValueError: something typed is out of range; the text says what and what is allowed.
    """
    changes: dict[str, Any] = {}
    if leg is not None:
        changes["legs"] = tuple(part.strip().lower() for part in leg.split(","))
    if tempo is not None:
        changes["tempo"] = Tempo.parse(tempo) if isinstance(tempo, str) else tempo
    if hip_rotation_limit_deg is not None:
        changes["hip_rotation_limit_deg"] = hip_rotation_limit_deg
    if exercise is not None:
        changes["exercise"] = exercise_of(exercise)
    return replace(params or Params(), **changes)


def unsaid_of(tempo: object, exercise: object) -> frozenset[str]:
    """Which of the two nobody said."""
    return frozenset(name for name, said in (("tempo", tempo), ("exercise", exercise)) if said is None)


def for_recording(params: Params, recording: Recording, unsaid: frozenset[str] = frozenset()) -> Params:
    """The params, with what the recording names where the user said nothing.

    Args:
        params: what the user decided. recording: may name its leg, and the tempo and the preset that it was made with.
        unsaid: "tempo", "exercise": what the user left open.
    """
    leg, extra = recording.header.leg, recording.header.extra
    if leg in ("left", "right") and not params.legs:
        params = replace(params, legs=(leg,))
    tempo, exercise = extra.get("tempo"), extra.get("exercise")
    if "tempo" in unsaid and isinstance(tempo, str):
        with contextlib.suppress(ValueError):  # a sidecar may hold anything; the default stands then
            params = replace(params, tempo=Tempo.parse(tempo))
    if "exercise" in unsaid and exercise in PRESETS:
        params = replace(params, exercise=PRESETS[exercise])
    return params


def part(recording: Recording, from_s: float | None = None, to_s: float | None = None) -> Recording:
    """The asked-for part of a recording.

    Raises:
        ValueError: no sample lies in it.
    """
    if from_s is None and to_s is None:
        return recording
    cut = recording.between(from_s, to_s)
    if not len(cut):
        first_s = recording.header.start_s
        raise ValueError(
            f"no sample of {recording.header.name} lies between --from and --to; "
            f"it runs from {first_s:.2f} to {first_s + recording.duration_s:.2f} s"
        )
    return cut


def pipeline_for(recording: Recording, params: Params) -> Pipeline:
    """A fresh pipeline on the recording's clock.

    Raises:
        ValueError: the recording's rate is too low or too high.
    """
    return Pipeline(params, recording.rate_hz, recording.header.start_s)


def run(pipeline: Pipeline, blocks: Iterable[SampleBlock]) -> Iterator[Event]:
    """Every event of the blocks as it becomes known, up to those that the end brings."""
    for block in blocks:
        yield from pipeline.push(block)
    yield from pipeline.finish()


def collect(recording: Recording, params: Params, events: Iterable[Event]) -> Analysis:
    """What remains of a run: the closed sets, what was not counted, the angle, the warnings."""
    closed: list[SetClosed] = []
    rejected: list[Rejected] = []
    for event in events:
        if isinstance(event, SetClosed):
            closed.append(event)
        elif isinstance(event, Rejected):
            rejected.append(event)
    return Analysis(
        recording=recording,
        params=params,
        closed=tuple(closed),
        rejected=tuple(rejected),
        angle_deg=angle_of(recording, closed),
        warnings=warnings_of(recording, params, closed),
    )


def angle_of(recording: Recording, closed: Iterable[SetClosed]) -> FloatArray:
    """The leg angle at every sample, degrees, shape (n,): from the nearest set's rest position, NaN where lost."""
    from analysis.motion import leg_angle

    return leg_angle(recording.block, tuple(closed), recording.header.start_s)


def warnings_of(recording: Recording, params: Params, closed: Iterable[SetClosed]) -> tuple[str, ...]:
    """Plain sentences about what to keep in mind, the reader's own first."""
    found = list(recording.header.notes)
    session = recording.header.extra.get("exercise")
    if isinstance(session, str) and session != params.exercise.name:
        found.append(f"The session was counted live as {session}, here as {params.exercise.name}.")
    lost_s = float(recording.lost.sum()) / recording.rate_hz
    if lost_s > 0:
        percent = 100 * lost_s / recording.duration_s
        share = f"{percent:.1f} %" if percent >= 0.05 else "less than 0.1 %"
        found.append(
            f"{lost_s:.2f} s of the signal ({share}) were lost; what more than 0.15 s of it cut is left empty."
        )
    count = 0
    for one in closed:
        count += 1
        if one.calibration.quality < POOR_CALIBRATION:
            found.append(f"Set {one.set}: {one.calibration.sentence}")
        found.extend(f"Set {one.set}: {note}" for note in one.notes)
    if not count:
        from analysis.fits import contradiction

        found.extend(filter(None, [contradiction(recording, params.exercise)]))
    if len(params.legs) > 1 and len(params.legs) != count:
        found.append(f"{len(params.legs)} legs were named for {many(count, 'set')}; check which leg is which set.")
    return tuple(found)
