"""The truth of a recording as a JSON-ready dictionary, on the clock of its own time stamps."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from imu.blocks import FloatArray
from imu.simulate.chain import Mount, Tissue
from imu.simulate.kinds import Kind
from imu.simulate.scene import Scene
from imu.simulate.sensor import Unit
from imu.simulate.stamps import Link, Log, clock

LEAST_LOST_RUN_S = 0.05
"""Shorter losses are bridged by anybody and do not count as missing."""
UNSEEN_SHARE = 0.5
"""A rep whose way out or way back is lost by more than this share may be counted or not."""


def document(
    name: str,
    kind: Kind,
    scene: Scene,
    unit: Unit,
    link: Link,
    tissue: Tissue | None,
    reps: list[dict[str, Any]],
) -> dict[str, Any]:
    """Everything known of a recording, times still on the body's clock; the reps as they are given."""
    legs = {1: "left", -1: "right"}
    return {
        "name": name,
        "simulated": True,
        "suite": kind.suite,
        "negative_kind": kind.negative,
        "duration_s": scene.track.now_s,
        "nominal_rate_hz": unit.odr_hz,
        "leg": legs[scene.track.sides[0][1]],
        "n_reps": len(reps),
        "sets": [
            {"leg": legs[s.side], "t0": s.t0_s, "t1": s.t1_s, "n_reps": s.count, "visible": s.visible}
            for s in scene.sets
        ],
        "segments": [{"name": s.name, "t0": s.t0_s, "t1": s.t1_s} for s in scene.track.segments],
        "mounts": [_mount(m) for m in scene.mounts],
        "sensor": _sensor(unit, link),
        "tissue": None
        if tissue is None
        else {"f0": tissue.f0_hz, "zeta": tissue.zeta, "gain": tissue.gain, "lever": tissue.lever_m},
        "reps": reps,
    }


def _sensor(unit: Unit, link: Link) -> dict[str, Any]:
    return {
        "profile": unit.kind,
        "odr": unit.odr_hz,
        "odr_err": unit.odr_error,
        "actual_rate": unit.rate_hz,
        "acc_g": unit.acc_range_g,
        "gyr_dps": unit.gyr_range_dps,
        "gyro_bias_dps": np.degrees(unit.gyr_bias_radps).tolist(),
        "ppm": link.ppm,
        "batch": link.batch,
        "stamp": link.stamp,
        "jitter": link.jitter_s,
        "loss": link.loss,
        "dup": link.repeats,
        "gap": list(link.gap) if link.gap else None,
        "conn_int": link.interval_s,
    }


def _mount(mount: Mount) -> dict[str, Any]:
    return {
        "placement": mount.placement,
        "pos": mount.position_m.tolist(),
        "R_sensor_to_shank": mount.rotation.tolist(),
        "from_s": mount.from_s,
    }


def note_losses(truth: dict[str, Any], log: Log, instants: FloatArray, unit: Unit) -> None:
    """Seconds of signal lost within each rep, and whether too little of it is left to count it."""
    have = np.zeros(len(instants) + 2, dtype=bool)
    have[np.unique(log.sample) + 1] = True
    have[[0, -1]] = True
    edges = np.diff(have.astype(np.int8))
    starts, stops = np.nonzero(edges == -1)[0], np.nonzero(edges == 1)[0]
    truth["sensor"]["lost"] = float(1 - have[1:-1].mean())
    runs = [
        (instants[a], instants[b - 1] + 1 / unit.rate_hz)
        for a, b in zip(starts, stops, strict=True)
        if (b - a) / unit.rate_hz >= LEAST_LOST_RUN_S
    ]
    for rep in truth["reps"]:
        out = _overlap(runs, rep["start_s"], rep["concentric_end_s"])
        back = _overlap(runs, rep["eccentric_start_s"], rep["end_s"])
        rep["missing"] = _overlap(runs, rep["start_s"], rep["end_s"])
        rep["optional"] = bool(
            rep["optional"]
            or out > UNSEEN_SHARE * (rep["concentric_end_s"] - rep["start_s"])
            or back > UNSEEN_SHARE * (rep["end_s"] - rep["eccentric_start_s"])
        )


def _overlap(runs: list[tuple[float, float]], t0: float, t1: float) -> float:
    return float(sum(max(0.0, min(b, t1) - max(a, t0)) for a, b in runs))


def to_recording_clock(truth: dict[str, Any], link: Link) -> None:
    """Turn every instant into the clock of the recording's own stamps."""

    def turn(t: float) -> float:
        return float(clock(link, t))

    for part in (*truth["sets"], *truth["segments"]):
        part["t0"], part["t1"] = turn(part["t0"]), turn(part["t1"])
    for mount in truth["mounts"]:
        mount["from_s"] = turn(mount["from_s"])
    for rep in truth["reps"]:
        for key in ("start_s", "concentric_end_s", "eccentric_start_s", "end_s"):
            rep[key] = turn(rep[key])
        rep["defs"] = {name: [turn(t) for t in times] for name, times in rep["defs"].items()}
    for rep, following in zip(truth["reps"], truth["reps"][1:], strict=False):
        if rep["set"] == following["set"]:
            rep["bottom_pause_s"] = following["start_s"] - rep["end_s"]
    if truth["sensor"]["gap"]:
        truth["sensor"]["gap"][0] = turn(truth["sensor"]["gap"][0])


def as_json(truth: dict[str, Any]) -> str:
    """The truth as text: numbers to a tenth of a millisecond, or of a thousandth of a degree."""
    return json.dumps(_rounded(truth), indent=1) + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    return round(value, 4) if isinstance(value, float) else value
