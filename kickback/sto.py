"""Orientation of the sensor as OpenSim reads it: a ``.sto`` storage file of quaternions, for OpenSense.

Text header, then tab-separated rows; a quaternion is one cell, ``w,x,y,z``. The column is called after a body of the
models that ship with OpenSim and ``_imu``, which is how OpenSense finds it. Source: OpenSim documentation, "Storage
(.sto) files" and "OpenSense - Kinematics with IMU data".
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from analysis.orientation import over_window
from imu.blocks import FloatArray, Recording
from kickback.document import versions
from kickback.files import write_atomically

BODIES = {"left": "tibia_l_imu", "right": "tibia_r_imu", None: "tibia_imu"}
"""The shank's name in OpenSim's models (gait2392, Rajagopal2016), by leg."""

OPENSIM = "4.5"
"""The release whose files these are like."""


def orientations(recording: Recording) -> FloatArray:
    """The sensor against the earth at every sample, unit quaternions w, x, y, z, shape (n, 4); NaN where it was lost.

    The earth's z points upwards. Nothing tells north, so the heading at the start is arbitrary and drifts slowly; each
    piece between losses has a heading of its own.
    """
    acc, gyr = recording.block.acc_mps2.copy(), recording.block.gyr_radps.copy()
    acc[recording.lost] = gyr[recording.lost] = np.nan
    return over_window(acc, gyr, recording.rate_hz)[0]


def sto(recording: Recording) -> str:
    """The file's text. A row whose orientation is unknown is left out: OpenSim knows no empty cell.

    Raises:
        ValueError: every sample is lost.
    """
    quat = orientations(recording)
    known = np.isfinite(quat).all(axis=1)
    if not known.any():
        raise ValueError("nothing to write: every sample is lost")
    header = recording.header
    leg = header.leg if header.leg in ("left", "right") else None
    made = "SIMULATED: no person made these movements. " if header.simulated else ""
    head = [
        re.sub(r"\s+", " ", header.name),
        f"Origin={made}Kickback {versions()['kickback']}, earth z up, heading arbitrary",
        f"DataRate={recording.rate_hz:.6f}",
        "DataType=Quaternion",
        "version=3",
        f"OpenSimVersion={OPENSIM}",
        "endheader",
        f"time\t{BODIES[leg]}",
    ]
    rows = zip(recording.time_s[known].tolist(), quat[known].tolist(), strict=True)
    lines = [f"{time_s:.6f}\t" + ",".join(f"{part:.9f}" for part in parts) for time_s, parts in rows]
    return "\n".join([*head, *lines, ""])


def write_sto(recording: Recording, path: str | Path) -> Path:
    """Write it.

    Raises:
        ValueError: every sample is lost.
        OSError: the file cannot be written.
    """
    return write_atomically(Path(path), sto(recording))
