"""The last look at what was read: long enough, fast enough, alive, and in the units it says."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from imu.assemble import recording_from_rows
from imu.blocks import FloatArray, Header, Recording, SampleBlock
from imu.plausibility import Plausibility, acc_unit, examine
from imu.units import ACC_TO_MPS2, GYR_TO_RADPS
from recordings.errors import RecordingError
from recordings.options import Options

SHORTEST_S = 2.0
"""A recording shorter than this holds no rep."""

RATE_OFF = 0.05
"""A rate further from the one that was said is told: no sensor's clock is that wrong."""

LEAST_RATE_HZ = 20.0
"""A fast rep's concentric phase lasts about 0.4 s; below this rate it is a handful of samples."""

LARGEST = 1e7
"""A number beyond this is no acceleration and no angular velocity, not even in mg or mdeg/s."""

LARGEST_TIME_S = 1e12
"""Time stamps beyond this, in seconds, are no time: it is thirty thousand years."""


@dataclass(frozen=True, slots=True)
class Units:
    """The units a header names, as ``imu.units`` spells them; None where it names none."""

    acc: str | None
    gyr: str | None
    by: str = "the header"
    """Who names them, for messages."""


def finish(
    path: Path,
    time_s: FloatArray,
    acc: FloatArray,
    gyr: FloatArray,
    units: Units,
    header: Header,
    options: Options | None = None,
    *,
    may_repeat: bool = True,
) -> Recording:
    """From columns as they stand in the file to a recording that physics does not contradict.

    Args:
        path: the file, for messages.
        time_s: time stamps, seconds, shape (n,).
        acc, gyr: shape (n, 3), in ``units``, or in m/s² and rad/s where the header names none and physics agrees.
        units: what the header says.
        header: what is known besides; it gets notes on everything decided here.
        options: its units go before those of the header.
        may_repeat: rows may repeat others, see :func:`imu.assemble.recording_from_rows`.

    Raises:
        RecordingError: too short, too slow, a dead sensor, a unit that physics contradicts, or sensors that do not
            turn together.
    """
    options = options or Options()
    units = replace(units, acc=options.acc_unit or units.acc, gyr=options.gyr_unit or units.gyr)
    acc_factor = ACC_TO_MPS2[units.acc] if units.acc else 1.0
    gyr_factor = GYR_TO_RADPS[units.gyr] if units.gyr else 1.0
    refuse_dead(path, acc, "acceleration")
    refuse_absurd(path, time_s, acc, gyr)
    try:
        acc, gyr = _times(acc, acc_factor), _times(gyr, gyr_factor)
        recording = recording_from_rows(time_s, acc, gyr, header, may_repeat=may_repeat)
    except ValueError as error:
        raise RecordingError(path, f"no recording: {error}") from None
    return judged(path, recording, units, options)


def on_grid(
    path: Path, rate_hz: float, acc: FloatArray, gyr: FloatArray, units: Units, header: Header, options: Options
) -> Recording:
    """The same as :func:`finish` for rows that the file says are even: every row is a sample, and none is moved.

    Args:
        path, acc, gyr, units, header, options: as there; a row with a value that is not there is a lost sample.
        rate_hz: samples a second. The header's ``start_s`` is kept.

    Raises:
        RecordingError: see :func:`finish`.
    """
    units = replace(units, acc=options.acc_unit or units.acc, gyr=options.gyr_unit or units.gyr)
    refuse_dead(path, acc, "acceleration")
    refuse_dead(path, gyr, "angular velocity")
    refuse_absurd(path, np.arange(len(acc)) / rate_hz, acc, gyr)
    acc = _times(acc, ACC_TO_MPS2[units.acc] if units.acc else 1.0)
    gyr = _times(gyr, GYR_TO_RADPS[units.gyr] if units.gyr else 1.0)
    recording = Recording(replace(header, rate_hz=rate_hz), SampleBlock(0, rate_hz, acc, gyr))
    return judged(path, recording, units, options)


def judged(path: Path, recording: Recording, units: Units, options: Options) -> Recording:
    """A recording on its grid, in SI units if ``units`` are right, with notes on what physics says of it.

    Raises:
        RecordingError: see :func:`finish`.
    """
    acc_factor = ACC_TO_MPS2[units.acc] if units.acc else 1.0
    gyr_factor = GYR_TO_RADPS[units.gyr] if units.gyr else 1.0
    header = recording.header
    if recording.duration_s < SHORTEST_S:
        raise RecordingError(
            path, f"only {recording.duration_s:.1f} s long; a recording needs at least {SHORTEST_S:g} s"
        )
    if recording.rate_hz < LEAST_RATE_HZ:
        raise RecordingError(
            path, f"{recording.rate_hz:.1f} samples a second are too few; log at {LEAST_RATE_HZ:g} Hz or more"
        )
    said_hz = options.rate_hz
    if said_hz and abs(recording.rate_hz / said_hz - 1) > RATE_OFF:
        note = f"--rate {said_hz:g} was not used: the file's own clock says {recording.rate_hz:.1f} Hz."
        recording = Recording(replace(header, notes=(*header.notes, note)), recording.block)
    seen = examine(recording)
    acc_right, acc_note = _acceleration(path, seen, units, acc_factor)
    gyr_right, gyr_note = _angular_velocity(path, seen, units, gyr_factor)
    if acc_right != 1.0 or gyr_right != 1.0:
        block = recording.block
        block = SampleBlock(0, block.rate_hz, block.acc_mps2 * acc_right, block.gyr_radps * gyr_right)
        recording = Recording(recording.header, block)
        seen = examine(recording)
    if seen.apart:
        remedy = "correct the gyro's columns" if seen.gyr_axes else "log both sensors of one device at the same time"
        raise RecordingError(path, f"{seen.apart}; {remedy}")
    notes = (*recording.header.notes, *acc_note, *gyr_note, *seen.findings)
    return replace(recording, header=replace(recording.header, notes=notes))


def refuse_dead(path: Path, values: FloatArray, what: str) -> None:
    """Refuse a sensor that says nothing, or always the same. Raises RecordingError."""
    whole = np.asarray(np.isfinite(values).all(axis=1))
    first = int(whole.argmax()) if len(whole) else 0
    if not whole[first : first + 1].any():
        raise RecordingError(path, f"no row has all three values of {what}; log all three axes")
    if not (whole & (values != values[first]).any(axis=1)).any():
        raise RecordingError(path, f"the {what} never changes: the sensor was not running; switch it on and log again")


def refuse_absurd(path: Path, time_s: FloatArray, acc: FloatArray, gyr: FloatArray) -> None:
    """Refuse values that no sensor measures, in whatever unit: one would drown all others. Raises RecordingError."""
    limits = ((time_s, LARGEST_TIME_S, "time"), (acc, LARGEST, "acceleration"), (gyr, LARGEST, "angular velocity"))
    for values, limit, what in limits:
        for extreme in (np.fmin.reduce(values, axis=None), np.fmax.reduce(values, axis=None)):
            if abs(extreme) > limit:
                raise RecordingError(
                    path, f"a value of {extreme:.3g} in the {what} is beyond any sensor; correct the file, or its units"
                )


def _times(values: FloatArray, factor: float) -> FloatArray:
    return values if factor == 1.0 else values * factor


def _typed(unit: str) -> str:
    return "m/s^2" if unit == "m/s²" else unit


def _acceleration(path: Path, seen: Plausibility, units: Units, factor: float) -> tuple[float, list[str]]:
    """What to multiply with to have m/s², and what to say about it."""
    said = units.acc
    logged = seen.gravity_mps2 / factor
    if math.isnan(logged):
        return 1.0, [] if said else ["No unit for the acceleration: read as m/s², unchecked."]
    right = acc_unit(logged)
    if seen.acc_factor == 0.0 and right is None:
        raise RecordingError(
            path,
            f"at rest the acceleration is {logged:.2f}: gravity was taken out (linear acceleration); "
            "log the raw accelerometer",
        )
    if said is None:
        unit = right or "m/s²"
        return ACC_TO_MPS2[unit], [f"No unit for the acceleration: read as {unit} ({logged:.4g} at rest)."]
    if right is not None and ACC_TO_MPS2[right] != factor:
        unless = ", unless gravity was taken out" if seen.acc_factor == 0.0 else ""
        raise RecordingError(
            path,
            f"{units.by} says {said}, but at rest the acceleration is {logged:.4g}, which is {right}{unless}; "
            f"correct {units.by} or say --acc-unit {_typed(right)}",
        )
    return 1.0, []


def _angular_velocity(path: Path, seen: Plausibility, units: Units, factor: float) -> tuple[float, list[str]]:
    """What to multiply with to have rad/s, and what to say about it."""
    said = units.gyr
    if math.isinf(seen.turn_ratio):
        raise RecordingError(
            path, "the sensor turns, but the angular velocity is always 0: the gyro was not running; switch it on"
        )
    fits = seen.gyr_factor
    if fits is None:
        return 1.0, [] if said else ["No unit for the angular velocity: read as rad/s, unchecked."]
    right = min(("rad/s", "deg/s"), key=lambda unit: abs(math.log(GYR_TO_RADPS[unit] / (factor * fits))))
    if said is None:
        return GYR_TO_RADPS[right], [f"No unit for the angular velocity: read as {right}, as gravity's turns confirm."]
    if fits != 1.0:
        raise RecordingError(
            path,
            f"{units.by} says {said}, but gravity turns {seen.turn_ratio:.3g} times as far as that, "
            f"which makes it {right}; correct {units.by} or say --gyro-unit {right}",
        )
    return 1.0, []
