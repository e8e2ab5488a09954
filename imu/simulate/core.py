"""From a kind and a seed to a simulated recording with its truth."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from imu.assemble import recording_from_rows
from imu.blocks import Header, Recording
from imu.simulate.chain import Motion, Mount, Tissue, orientations, sensor_motion, with_unsteadiness
from imu.simulate.kinds import KINDS, Kind
from imu.simulate.person import draw_person
from imu.simulate.scene import Scene
from imu.simulate.sensor import PROFILES, Unit, draw_unit, measure
from imu.simulate.stamps import STAMPS, Link, Log, clock, draw_link, write_log
from imu.simulate.track import BODY_RATE_HZ
from imu.simulate.truth import set_truth

FloatArray = npt.NDArray[np.float64]

RATES_HZ = (25, 50, 52, 100, 104, 200)
LEAST_LOST_RUN_S = 0.05
"""Shorter losses are bridged by anybody and do not count as missing."""
UNSEEN_SHARE = 0.5
"""A rep whose way out or way back is lost by more than this share may be counted or not."""


class Rows(NamedTuple):
    """What the logger wrote: stamps (n,) in s, acceleration (n, 3) in m/s², angular velocity (n, 3) in rad/s."""

    time_s: FloatArray
    acc_mps2: FloatArray
    gyr_radps: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """A simulated recording: its rows as logged, and the truth as a JSON-ready dictionary."""

    name: str
    rows: Rows
    truth: dict[str, Any]

    @property
    def leg(self) -> str:
        """The leg that wears the sensor at first: "left" or "right"."""
        return str(self.truth["leg"])

    def header(self) -> Header:
        """What a reader would know of the recording besides its samples; the rate is the nominal one."""
        sensor, mount = self.truth["sensor"], self.truth["mounts"][0]
        return Header(
            name=self.name,
            rate_hz=float(sensor["odr"]),
            sensor=f"{sensor['profile']} (simulated)",
            placement=f"{mount['placement']} side of the ankle",
            leg=self.leg,
            dialect="simulated",
            origin=f"simulated by Kickback, kind and seed {self.name}",
            simulated=True,
        )

    def recording(self) -> Recording:
        """The recording that a reader makes of the rows: sample times rebuilt, losses as rows of NaN."""
        return recording_from_rows(self.rows.time_s, self.rows.acc_mps2, self.rows.gyr_radps, self.header())


def simulate(
    kind: str,
    seed: int,
    *,
    rate_hz: int | None = None,
    leg: str | None = None,
    reps: int | None = None,
    sensor: str | None = None,
    stamp: str | None = None,
) -> Simulated:
    """One recording of a kind; the same arguments give the same recording.

    Args:
        kind: one of ``SUITES`` or ``NEGATIVES``.
        seed: any whole number of 0 or more.
        rate_hz: nominal samples per second, one of 25, 50, 52, 100, 104, 200; by default the kind's own choice.
        leg: "left" or "right", the leg that wears the sensor at first.
        reps: reps of each set; kinds without a set ignore it.
        sensor: one of the names in ``SENSORS``.
        stamp: "device", "spread" or "burst".

    Raises:
        ValueError: an argument is not one of those.
    """
    _check(kind, seed, rate_hz, leg, reps, sensor, stamp)
    chosen = KINDS[kind]
    streams = np.random.SeedSequence([zlib.crc32(kind.encode()), seed]).spawn(5)
    who, script, body, device, link_rng = (np.random.default_rng(s) for s in streams)
    person = draw_person(who, chosen.steady)
    side = {"left": 1, "right": -1}[leg] if leg else int(who.choice([1, -1]))
    tissue = None if chosen.link == "perfect" else _draw_tissue(who)
    scene = Scene(script, person, side, chosen.tidy)
    chosen.script(scene, reps)
    track = scene.track.render()
    sides = _sides(scene, len(track))
    motion = sensor_motion(body, person, sides, with_unsteadiness(body, person, track), scene.mounts, tissue)
    unit = draw_unit(
        device, sensor or str(device.choice(chosen.sensors)), rate_hz or int(device.choice(chosen.rates_hz))
    )
    link = draw_link(link_rng, scene.track.now_s, unit.odr_hz, chosen.link, stamp)
    rows, log, instants, saturated = _record(device, link_rng, unit, link, motion)
    found = [
        rep
        for number, plan in enumerate(scene.sets)
        for rep in set_truth(plan, number, 0, orientations(person, sides, track), track)
    ]
    truth = _truth(f"{kind}_{seed}", chosen, scene, unit, link, tissue, found)
    truth["sensor"] |= saturated
    _note_losses(truth, log, instants, unit)
    _to_recording_clock(truth, link)
    return Simulated(str(truth["name"]), rows, truth)


def _check(
    kind: str, seed: int, rate_hz: int | None, leg: str | None, reps: int | None, sensor: str | None, stamp: str | None
) -> None:
    for what, value, allowed in (
        ("kind", kind, tuple(KINDS)),
        ("rate_hz", rate_hz, (None, *RATES_HZ)),
        ("leg", leg, (None, "left", "right")),
        ("sensor", sensor, (None, *PROFILES)),
        ("stamp", stamp, (None, *STAMPS)),
    ):
        if value not in allowed:
            raise ValueError(
                f"{what} must be one of {', '.join(str(v) for v in allowed if v is not None)}; got {value!r}"
            )
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}")
    if reps is not None and not 3 <= reps <= 60:
        raise ValueError(f"reps must be between 3 and 60, got {reps}")


def _draw_tissue(rng: np.random.Generator) -> Tissue:
    return Tissue(rng.uniform(8, 20), rng.uniform(0.22, 0.5), rng.uniform(0.3, 1.0), rng.uniform(0.15, 0.4))


def _sides(scene: Scene, n: int) -> FloatArray:
    sides = np.empty(n)
    for t, side in scene.track.sides:
        sides[int(t * BODY_RATE_HZ) :] = side
    return sides


def _record(
    device: np.random.Generator, link_rng: np.random.Generator, unit: Unit, link: Link, motion: Motion
) -> tuple[Rows, Log, FloatArray, dict[str, float]]:
    end_s = (len(motion.acc_mps2) - 1) / BODY_RATE_HZ
    instants = np.arange(device.uniform(0.0, 0.02), end_s, 1 / unit.rate_hz)
    acc, gyr, saturated = measure(device, unit, motion, instants)
    log = write_log(link_rng, link, instants, unit.odr_hz)
    return Rows(log.time_s, acc[log.sample], gyr[log.sample]), log, instants, saturated


def _truth(
    name: str,
    kind: Kind,
    scene: Scene,
    unit: Unit,
    link: Link,
    tissue: Tissue | None,
    reps: list[dict[str, Any]],
) -> dict[str, Any]:
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
        "sensor": {
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
        },
        "tissue": None
        if tissue is None
        else {"f0": tissue.f0_hz, "zeta": tissue.zeta, "gain": tissue.gain, "lever": tissue.lever_m},
        "reps": reps,
    }


def _mount(mount: Mount) -> dict[str, Any]:
    return {
        "placement": mount.placement,
        "pos": mount.position_m.tolist(),
        "R_sensor_to_shank": mount.rotation.tolist(),
        "from_s": mount.from_s,
    }


def _note_losses(truth: dict[str, Any], log: Log, instants: FloatArray, unit: Unit) -> None:
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


def _to_recording_clock(truth: dict[str, Any], link: Link) -> None:
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
