"""The kinds of recordings: a script for each, with its sensors and its troubles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from imu.simulate import activities, gait, seated, styles
from imu.simulate.plans import Style
from imu.simulate.scene import Scene

Script = Callable[[Scene, int | None], None]
USUAL_SENSORS = ("BMI270", "LSM6DS3", "ICM20948")
USUAL_RATES = (50, 52, 100, 104, 200)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of recording. ``negative`` is its name in the list of movements without a rep."""

    script: Script
    suite: str
    negative: str | None = None
    sensors: tuple[str, ...] = USUAL_SENSORS
    rates_hz: tuple[int, ...] = USUAL_RATES
    link: str = "usual"
    tidy: bool = False
    steady: float = 1.0


def _one_set(change: Callable[[np.random.Generator, Style], Style]) -> Script:
    def script(scene: Scene, reps: int | None) -> None:
        scene.arrive()
        scene.kickbacks(change(scene.rng, styles.usual_style(scene.rng, reps)))
        scene.leave()

    return script


def _clean(scene: Scene, reps: int | None) -> None:
    scene.stand(2, 4)
    style = styles.usual_style(scene.rng, reps, 8, 10)
    scene.kickbacks(
        replace(style, cv=0.06, hold_s=max(style.hold_s, 0.5), pelvis_deg=3.0, femur_deg=1.5, plane_deg=0.0)
    )
    scene.stand(2, 4)


def _everyday(scene: Scene, reps: int | None) -> None:
    rng = scene.rng
    scene.arrive()
    for k in range(2 if rng.random() < 0.35 else 1):
        if k:
            activities.fidget(rng, scene.track, rng.uniform(5, 15))
            scene.stand(1, 3)
        style = styles.usual_style(rng, reps, 6, 14)
        style = replace(
            style,
            cv=rng.uniform(0.1, 0.18),
            hold_s=style.hold_s * rng.uniform(0.8, 2.2),
            pulses=(1, 3),
            pulse_share=rng.choice([0.0, 0.5, 0.8]),
            pelvis_deg=rng.choice([style.pelvis_deg, rng.uniform(14, 24)], p=[0.7, 0.3]),
            partial_share=rng.choice([0.0, 0.08]),
            tap_share=rng.choice([0.0, 0.2]),
            fatigue=rng.uniform(0.03, 0.15),
        )
        scene.kickbacks(style)
    scene.leave()


def _multiset(scene: Scene, reps: int | None) -> None:
    rng = scene.rng
    scene.arrive()
    scene.kickbacks(styles.usual_style(rng, reps))
    scene.stand(1, 3)
    scene.walk(4, 9)
    if rng.random() < 0.5:
        activities.fidget(rng, scene.track, rng.uniform(3, 8))
    scene.stand(0.5, 3)
    scene.move_sensor()
    scene.stand(0.5, 1.5)
    if rng.random() < 0.6:
        scene.walk(3, 6)
    activities.fit_band(rng, scene.track)
    scene.kickbacks(styles.usual_style(rng, reps))
    scene.leave()


def _standing_leg(scene: Scene, reps: int | None) -> None:
    """The sensor stays on one leg; both legs do their sets."""
    scene.arrive()
    first = bool(scene.rng.random() < 0.6)
    for visible in (first, not first):
        style = styles.usual_style(scene.rng, reps)
        if visible:
            scene.kickbacks(style)
        else:
            scene.other_leg(style)
        scene.stand(1.5, 4)
        activities.step(scene.rng, scene.track)
    scene.leave()


def _standing_only(scene: Scene, reps: int | None) -> None:
    scene.arrive()
    scene.other_leg(styles.usual_style(scene.rng, reps))
    scene.leave()


def _slip(scene: Scene, reps: int | None) -> None:
    rng = scene.rng
    scene.arrive()
    scene.kickbacks(styles.usual_style(rng, reps, 10, 14))
    plan = scene.sets[-1]
    k = int(rng.integers(3, max(len(plan.reps) - 3, 4)))
    scene.slip(plan.reps[k].end_s - rng.uniform(-0.2, 0.6), rng.uniform(0.2, 0.7))
    scene.leave()


def _messy(scene: Scene, reps: int | None) -> None:
    """Two sets on a bad day with a poor link: everything that goes wrong, and life between the sets."""
    rng, track = scene.rng, scene.track
    scene.arrive()
    for k in range(2):
        style = styles.usual_style(rng, reps, 6, 10)
        scene.kickbacks(
            replace(style, cv=0.15, pulses=(1, 2), pulse_share=0.25, partial_share=0.1, balance_share=0.08,
                    tap_share=0.3, pelvis_deg=rng.choice([style.pelvis_deg, rng.uniform(14, 22)]), fatigue=0.15)
        )  # fmt: skip
        if k == 0:
            activities.step(rng, track)
            if rng.random() < 0.5:
                seated.sit(rng, track, rng.uniform(8, 14))
            activities.fidget(rng, track, rng.uniform(6, 12))
            activities.fit_band(rng, track)
    scene.leave()


def _around(body: Callable[[Scene], None]) -> Script:
    def script(scene: Scene, reps: int | None) -> None:
        scene.stand(2, 4)
        body(scene)
        scene.stand(2, 4)

    return script


def _walks(scene: Scene) -> None:
    for _ in range(3):
        scene.walk(10, 20)
        scene.stand(1, 4)


def _fidgets(scene: Scene) -> None:
    activities.fidget(scene.rng, scene.track, scene.rng.uniform(40, 60))


def _steps(scene: Scene) -> None:
    for _ in range(int(scene.rng.integers(10, 20))):
        activities.step(scene.rng, scene.track)
        scene.track.wait(scene.rng.uniform(0.1, 1.5))


def _bands(scene: Scene) -> None:
    for _ in range(int(scene.rng.integers(3, 5))):
        activities.fit_band(scene.rng, scene.track)
        scene.stand(0.5, 2)


def _shakes(scene: Scene) -> None:
    for _ in range(int(scene.rng.integers(5, 9))):
        activities.shake(scene.rng, scene.track)
        scene.track.wait(scene.rng.uniform(0.5, 3))


def _stands(scene: Scene) -> None:
    scene.stand(35, 50)


def _squats(scene: Scene) -> None:
    activities.squats(scene.rng, scene.track, int(scene.rng.integers(8, 14)))


def _stairs(scene: Scene) -> None:
    scene.walk(3, 6)
    gait.walk(scene.rng, scene.track, scene.person, scene.rng.uniform(10, 18), stairs=True, name="stairs")
    scene.walk(3, 6)


def _cycling(scene: Scene) -> None:
    gait.cycle(scene.rng, scene.track, scene.person, scene.rng.uniform(35, 55))


def _sits(scene: Scene) -> None:
    scene.walk(3, 6)
    seated.sit(scene.rng, scene.track, scene.rng.uniform(22, 35))
    scene.walk(3, 6)


def _shoes(scene: Scene) -> None:
    seated.shoes(scene.rng, scene.track)
    scene.walk(3, 6)


def _knees(scene: Scene) -> None:
    seated.knee_extensions(scene.rng, scene.track, int(scene.rng.integers(8, 13)))


def _mixed(scene: Scene) -> None:
    rng, track = scene.rng, scene.track
    scene.walk(4, 8)
    activities.fidget(rng, track, rng.uniform(10, 18))
    activities.fit_band(rng, track)
    activities.shake(rng, track)
    scene.walk(4, 8)
    activities.squats(rng, track, int(rng.integers(3, 6)))
    if rng.random() < 0.5:
        seated.sit(rng, track, rng.uniform(8, 15))


def _raises(kind: str) -> Callable[[Scene], None]:
    def body(scene: Scene) -> None:
        activities.raises(scene.rng, scene.track, int(scene.rng.integers(8, 14)), kind)

    return body


KINDS: dict[str, Kind] = {
    "clean": Kind(_clean, "clean", sensors=("good",), rates_hz=(100,), link="perfect", tidy=True, steady=0.7),
    "everyday": Kind(_everyday, "everyday"),
    "slow": Kind(_one_set(styles.slow), "slow"),
    "holds": Kind(_one_set(styles.holds), "holds"),
    "pulses": Kind(_one_set(styles.pulses), "pulses"),
    "rotation": Kind(_one_set(styles.rotation), "rotation"),
    "multiset": Kind(_multiset, "multiset"),
    "partial": Kind(_one_set(styles.partial), "partial"),
    "bounce": Kind(_one_set(styles.bounce), "bounce"),
    "fast": Kind(_one_set(styles.fast), "fast"),
    "lowrate": Kind(_one_set(styles.same), "lowrate", rates_hz=(25,)),
    "noisy": Kind(_one_set(styles.same), "noisy", sensors=("cheap",), link="poor", steady=1.5),
    "long": Kind(_one_set(styles.long), "long"),
    "standing_leg": Kind(_standing_leg, "standing_leg"),
    "small": Kind(_one_set(styles.small), "small"),
    "taps": Kind(_one_set(styles.taps), "taps"),
    "balance": Kind(_one_set(styles.balance), "balance"),
    "slip": Kind(_slip, "slip"),
    "messy": Kind(_messy, "messy", link="poor", steady=1.2),
    **{
        name: Kind(_around(body), "negatives", negative=name)
        for name, body in (
            ("walk", _walks),
            ("fidget", _fidgets),
            ("step", _steps),
            ("band", _bands),
            ("shake", _shakes),
            ("stand", _stands),
            ("squats", _squats),
            ("stairs", _stairs),
            ("cycling", _cycling),
            ("sit", _sits),
            ("seated_knee", _knees),
            ("shoes", _shoes),
            ("mixed", _mixed),
            ("side", _raises("side")),
            ("kicks", _raises("front")),
        )
    },
    "standing_only": Kind(_standing_only, "negatives", negative="standing_only"),
}
