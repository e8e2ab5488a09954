"""One recording's signals as BIDS texts: the table without a header, its channels, its sidecar."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from imu.blocks import Recording
from kickback.result import Analysis
from recordings.formats.motion_bids import OWN_KEY

FRAME = "sensor"
"""The only frame of reference: the sensor's own axes."""

ABSENT = ("ANGACCEL", "JNTANG", "LATENCY", "MAGN", "MISC", "Misc", "ORNT", "POS", "VEL")
"""Types of channels that are counted though there are none; MISC is called Misc from BIDS 1.11 on."""

CHANNEL_COLUMNS = ("name", "component", "type", "tracked_point", "units", "placement", "reference_frame")

CHANNELS_JSON = {
    "reference_frame": {
        "Description": "The frame that the values refer to.",
        "Levels": {
            FRAME: {
                "RotationRule": "right-hand",
                "Description": "The sensor's own axes, right-handed. They turn with the leg, and the sensor may be "
                "strapped on any way round. ACCEL is specific force with gravity in it: at rest it points upwards.",
            }
        },
    },
    "placement": {"Description": "Where on the body the sensor was, as the person who recorded it says."},
}


def tracked_point(leg: str | None) -> str:
    """What the sensor follows."""
    return f"{leg}_ankle" if leg in ("left", "right") else "ankle"


def motion_tsv(recording: Recording) -> str:
    """A row a sample, m/s² and rad/s, tabs between; ``n/a`` where a sample was lost. Every digit is kept."""
    table = np.hstack([recording.block.acc_mps2, recording.block.gyr_radps])
    table[recording.lost] = np.nan
    rows = ("\t".join(["n/a" if value != value else repr(value) for value in row]) for row in table.tolist())
    return "\n".join([*rows, ""])


def channels_tsv(leg: str | None, placement: str | None) -> str:
    """A row a column of the table."""
    where = " ".join((placement or "").split()) or "n/a"
    rows = [CHANNEL_COLUMNS]
    for kind, name, unit in (("ACCEL", "acc", "m/s^2"), ("GYRO", "gyr", "rad/s")):
        rows += [(f"{name}_{axis}", axis, kind, tracked_point(leg), unit, where, FRAME) for axis in "xyz"]
    return "".join("\t".join(row) + "\n" for row in rows)


def motion_json(analysis: Analysis, leg: str | None, about: dict[str, Any]) -> str:
    """The sidecar: what BIDS requires, what it recommends and is known, and what only Kickback knows.

    Args:
        analysis: of the recording. leg: that wore the sensor. about: TaskName and the like, the same for the study.
    """
    recording, header = analysis.recording, analysis.header
    nominal = header.extra.get("rate_hz")
    is_rate = isinstance(nominal, int | float) and nominal > 0
    counts = dict.fromkeys(ABSENT, 0)
    lost_s = float(recording.lost.sum()) / recording.rate_hz
    document: dict[str, Any] = {
        **about,
        "SamplingFrequency": nominal if is_rate else round(recording.rate_hz, 2),
        "SamplingFrequencyEffective": recording.rate_hz,
        "RecordingDuration": len(recording) / recording.rate_hz,
        "RecordingType": "continuous",
        "TrackingSystemName": "one inertial sensor at the ankle",
        "MotionChannelCount": 6,
        "ACCELChannelCount": 3,
        "GYROChannelCount": 3,
        **{f"{name}ChannelCount": count for name, count in counts.items()},
        "TrackedPointsCount": 1,
        "MissingValues": "n/a",
        "SubjectArtefactDescription": f"{lost_s:.2f} s of the signal were lost" if lost_s else "no sample was lost",
        OWN_KEY: _own(recording, leg, analysis),
    }
    if header.sensor:
        document["ManufacturersModelName"] = header.sensor
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _own(recording: Recording, leg: str | None, analysis: Analysis) -> dict[str, Any]:
    """What the reader needs to make the same recording again, and an analysis the same numbers."""
    header, params = recording.header, analysis.params
    return {
        "simulated": header.simulated,
        "leg": leg,
        "legs": list(params.legs),
        "start_s": header.start_s,
        "sensor": header.sensor,
        "placement": header.placement,
        "origin": header.origin,
        "read_as": header.dialect,
        "sha256": header.sha256,
        "notes": list(header.notes),
        "extra": {"exercise": params.exercise.name, "tempo": str(params.tempo)},
    }
