"""Ways to do a set: each takes a usual style and bends it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from imu.simulate.plans import Style


def usual_style(rng: np.random.Generator, reps: int | None, low: int = 8, high: int = 14) -> Style:
    """A random way to do a set of kickbacks."""
    return Style(
        reps=int(rng.integers(low, high + 1)) if reps is None else reps,
        out_s=float(rng.uniform(0.75, 1.5)),
        hold_s=float(rng.uniform(0.25, 1.0)),
        back_s=float(rng.uniform(0.75, 2.2)),
        pause_s=float(rng.uniform(0.35, 1.4)),
        swing_deg=float(rng.uniform(48, 88)),
        cv=float(rng.uniform(0.06, 0.14)),
        pelvis_deg=float(rng.uniform(0, 6)),
        femur_deg=float(rng.normal(1, 3)),
        plane_deg=float(rng.normal(3, 3)),
        free_foot=bool(rng.random() < 0.3),
    )


def slow(rng: np.random.Generator, style: Style) -> Style:
    """Lowered in 3.5 to 5.5 s, now and then stalling half-way."""
    return replace(style, reps=min(style.reps, 8), out_s=rng.uniform(1.3, 2.0), hold_s=rng.uniform(0.6, 3.0),
                   back_s=rng.uniform(3.5, 5.5), stall_share=rng.choice([0.0, 0.3]))  # fmt: skip


def holds(rng: np.random.Generator, style: Style) -> Style:
    """Squeezed for 3 s and more at the top."""
    return replace(style, hold_s=rng.uniform(3.0, 5.5), hold_cv=0.15)


def pulses(rng: np.random.Generator, style: Style) -> Style:
    """With small pulses at the top."""
    return replace(style, pulses=(1, int(rng.integers(2, 6))), pulse_share=rng.uniform(0.7, 1.0),
                   hold_s=rng.uniform(0.7, 1.4))  # fmt: skip


def rotation(rng: np.random.Generator, style: Style) -> Style:
    """The pelvis opens: by much, a little or not at all, and sometimes more from rep to rep."""
    sign = rng.choice([1, 1, 1, -1])
    turn = rng.choice([rng.uniform(14, 26), rng.uniform(8, 13), rng.uniform(0, 5)], p=[0.45, 0.2, 0.35])
    more = rng.choice([0.0, rng.uniform(4, 12)])  # tired hips open further
    return replace(style, pelvis_deg=sign * turn, pelvis_drift_deg=sign * more, femur_deg=sign * rng.uniform(0, 6),
                   plane_deg=rng.uniform(0, 8))  # fmt: skip


def partial(rng: np.random.Generator, style: Style) -> Style:
    """Some reps stop far short."""
    return replace(style, partial_share=rng.uniform(0.1, 0.25))


def bounce(rng: np.random.Generator, style: Style) -> Style:
    """Down and up again without a pause."""
    return replace(style, bounce=True, pause_s=0.0, out_s=rng.uniform(0.6, 1.1), back_s=rng.uniform(0.6, 1.2),
                   hold_s=rng.uniform(0.05, 0.4), settle=False)  # fmt: skip


def fast(rng: np.random.Generator, style: Style) -> Style:
    """The whole rep within 0.8 to 1.2 s."""
    whole = rng.uniform(0.8, 1.2)
    out = rng.uniform(0.40, 0.5) * whole
    hold = rng.uniform(0.0, 0.06)
    return replace(style, out_s=out, hold_s=hold, back_s=whole - out - hold, pause_s=rng.uniform(0.1, 0.6),
                   swing_deg=min(style.swing_deg, 70.0), cv=0.06, settle=False)  # fmt: skip


def long(rng: np.random.Generator, style: Style) -> Style:
    """Twenty reps and more, and tired at the end."""
    return replace(style, reps=max(style.reps, int(rng.integers(20, 27))), fatigue=rng.uniform(0.1, 0.3))


def small(rng: np.random.Generator, style: Style) -> Style:
    """A small range of motion."""
    return replace(style, swing_deg=rng.uniform(16, 32), out_s=style.out_s * 0.8, pelvis_deg=1.0)


def taps(rng: np.random.Generator, style: Style) -> Style:
    """The toes tap the floor between reps."""
    return replace(style, tap_share=rng.uniform(0.5, 0.9), pause_s=max(style.pause_s, 0.7))


def balance(rng: np.random.Generator, style: Style) -> Style:
    """The foot is put down in mid-rep now and then."""
    return replace(style, balance_share=rng.uniform(0.1, 0.25))


def same(rng: np.random.Generator, style: Style) -> Style:
    """Nothing special."""
    return style
