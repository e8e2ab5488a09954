"""A recording under construction: who, which leg, how the sensor sits, and what has been done so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from imu.simulate import activities, gait, rotations
from imu.simulate.chain import Mount
from imu.simulate.kickback_set import write_set
from imu.simulate.person import Person
from imu.simulate.plans import SetPlan, Style
from imu.simulate.track import Track

PLACEMENTS = ("lateral", "medial", "front", "back")


@dataclass
class Scene:
    """What a script of a kind of recording works with."""

    rng: np.random.Generator
    person: Person
    side: int
    tidy: bool
    track: Track = field(default_factory=Track)
    sets: list[SetPlan] = field(default_factory=list)
    mounts: list[Mount] = field(default_factory=list)

    def __post_init__(self) -> None:
        for channel, value in activities.UPRIGHT.items():
            self.track.base[channel] = value
        self.track.base["femur"] = self.person.toe_out_deg
        self.track.sides.append((0.0, self.side))
        self.mounts.append(draw_mount(self.rng, self.side, self.tidy))

    def kickbacks(self, style: Style) -> None:
        """A set by the leg with the sensor."""
        self.sets.append(write_set(self.rng, self.track, self.person, style, self.side))

    def other_leg(self, style: Style) -> None:
        """A set by the other leg."""
        self.sets.append(activities.standing_leg(self.rng, self.track, style, self.side))

    def stand(self, low_s: float, high_s: float) -> None:
        """Stand for a random while."""
        activities.stand(self.rng, self.track, self.rng.uniform(low_s, high_s))

    def walk(self, low_s: float, high_s: float) -> None:
        """Walk for a random while."""
        gait.walk(self.rng, self.track, self.person, self.rng.uniform(low_s, high_s))

    def arrive(self) -> None:
        """What comes before a set: perhaps a walk and a step, the band, perhaps a shake."""
        self.stand(1.0, 3.0)
        if self.rng.random() < 0.7:
            self.walk(3, 8)
        if self.rng.random() < 0.6:
            activities.step(self.rng, self.track)
        activities.fit_band(self.rng, self.track)
        if self.rng.random() < 0.5:
            activities.shake(self.rng, self.track)
        self.track.wait(self.rng.uniform(0.5, 2.0))

    def leave(self) -> None:
        """What comes after a set."""
        self.stand(1.5, 3.0)
        if self.rng.random() < 0.7:
            activities.step(self.rng, self.track)
            self.walk(3, 6)
        self.stand(0.8, 2.0)

    def move_sensor(self) -> None:
        """Take the sensor off, and strap it to the other leg."""
        t0 = self.track.now_s
        duration = self.rng.uniform(5, 9)
        self.track.move("handled", 1.0, 0.8)
        self.track.move("handled", -1.0, 0.8, t0 + duration - 0.8)
        self.side = -self.side
        self.track.sides.append((t0 + duration / 2, self.side))
        mount = draw_mount(self.rng, self.side, False, t0 + 1.0, duration - 2.0)
        self.mounts.append(mount)
        self.track.wait(duration)
        self.track.mark("sensor_moved", t0)

    def slip(self, at_s: float, change_s: float) -> None:
        """The strap slips: the sensor turns round the shank and slides down."""
        last = self.mounts[-1]
        turn = float(self.rng.choice([-1, 1]) * self.rng.uniform(15, 55))
        down = self.rng.uniform(0.005, 0.025)
        about_bone = rotations.about((0, 0, 1), np.radians(turn))[0]
        tip = rotations.from_rotvec(np.radians(self.rng.normal(0, 5, (1, 3))))[0]
        position = about_bone @ last.position_m - np.array([0, 0, down])
        self.mounts.append(Mount(last.placement, position, tip @ about_bone @ last.rotation, at_s, change_s))


def draw_mount(rng: np.random.Generator, side: int, tidy: bool, from_s: float = 0.0, change_s: float = 0.0) -> Mount:
    """A random way to wear the sensor: any side of the ankle, any way round; ``tidy`` is along the bone."""
    placement = str(rng.choice(PLACEMENTS, p=[0.5, 0.2, 0.2, 0.1]))
    height = rng.uniform(0.04, 0.10)
    around = {
        "lateral": (0.0, side * 0.042),
        "medial": (0.0, -side * 0.040),
        "front": (0.045, 0.0),
        "back": (-0.05, 0.0),
    }
    position = np.array([*around[placement], height]) + rng.normal(0, 0.003, 3)
    rotation = rotations.about((0, 0, 1), np.radians(rng.normal(0, 8)))[0] if tidy else rotations.any_rotation(rng)
    return Mount(placement, position, rotation, from_s, change_s)
