"""From a kind and a seed to a simulated recording with its truth."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from imu.assemble import recording_from_rows
from imu.blocks import Header, Recording
from imu.simulate.chain import Motion, Tissue, orientations, sensor_motion, with_unsteadiness
from imu.simulate.document import as_json, document, note_losses, to_recording_clock
from imu.simulate.kinds import KINDS, Kind
from imu.simulate.person import draw_person
from imu.simulate.scene import Scene
from imu.simulate.sensor import PROFILES, Unit, draw_unit, measure
from imu.simulate.stamps import STAMPS, Link, Log, draw_link, write_log
from imu.simulate.track import BODY_RATE_HZ
from imu.simulate.truth import set_truth

FloatArray = npt.NDArray[np.float64]

RATES_HZ = (25, 50, 52, 100, 104, 200)


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

    def truth_json(self) -> str:
        """The truth as the text of a JSON file."""
        return as_json(self.truth)

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
    drawn = int(who.choice([1, -1]))
    scene = Scene(script, person, {"left": 1, "right": -1, None: drawn}[leg], chosen.tidy)
    chosen.script(scene, reps)
    return recorded(f"{kind}_{seed}", chosen, scene, Draws(who, body, device, link_rng), rate_hz, sensor, stamp)


class Draws(NamedTuple):
    """Where chance comes from: the person's body, its movement, the sensor, the logger."""

    who: np.random.Generator
    body: np.random.Generator
    device: np.random.Generator
    link: np.random.Generator


def recorded(
    name: str,
    chosen: Kind,
    scene: Scene,
    draws: Draws,
    rate_hz: int | None = None,
    sensor: str | None = None,
    stamp: str | None = None,
) -> Simulated:
    """What a sensor and a logger make of a scene that was played.

    Args:
        name: of the recording. chosen: says which sensors and what troubles. scene: played to its end.
        draws: where chance comes from. rate_hz, sensor, stamp: as of :func:`simulate`.
    """
    who, body, device, link_rng = draws
    person = scene.person
    track = scene.track.render()
    sides = _sides(scene, len(track))
    tissue = None if chosen.link == "perfect" else _draw_tissue(who)
    motion = sensor_motion(body, person, sides, with_unsteadiness(body, person, track), scene.mounts, tissue)
    usual, nominal_hz = str(device.choice(chosen.sensors)), int(device.choice(chosen.rates_hz))
    unit = draw_unit(device, sensor or usual, rate_hz or nominal_hz)
    link = draw_link(link_rng, scene.track.now_s, unit.odr_hz, chosen.link, stamp)
    rows, log, instants, saturated = _record(device, link_rng, unit, link, motion)
    bodies = orientations(person, sides, track)
    found = [rep for number, plan in enumerate(scene.sets) for rep in set_truth(plan, number, bodies, track)]
    truth = document(name, chosen, scene, unit, link, tissue, found)
    truth["sensor"] |= saturated
    note_losses(truth, log, instants, unit)
    to_recording_clock(truth, link)
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
