"""What the eye sees while the samples come; never stored."""

from __future__ import annotations

import math

import numpy as np

from analysis.results import Phase, Progress
from analysis.rotation import OUTWARDS, twist_deg
from analysis.segment import Direction, Tracker
from analysis.state import Derived, State

EVERY_TICKS = 3
"""A progress event every third tick: about eight a second."""
LONGEST_S = 60.0
MOVING_DPS = 15.0


def progress(state: State, derived: Derived, clock_s: float, at: int, up: Direction, speed_dps: float) -> Progress:
    """Where the leg is at sample ``at``; ``up`` in the sensor's frame, ``speed_dps`` low-passed."""
    tracker = state.open.tracker if state.open is not None else _tracker(state)
    angle = math.nan if tracker is None else tracker.angle_deg(up)
    phase = Phase.REST if tracker is None else _phase(tracker, angle, speed_dps)
    if phase is not state.phase:
        state.phase, state.phase_from = phase, at
    pending = 0 if state.open is not None else max((len(chain) for chain in state.chains.values()), default=0)
    return Progress(
        at=at,
        time_s=clock_s + at / derived.rate_hz,
        phase=phase,
        angle_deg=angle,
        count=0 if state.open is None else len(state.open.reps),
        candidates=pending,
        set=state.closed + (1 if state.open is not None else 0),
        phase_s=(at - state.phase_from) / derived.rate_hz,
        rotation_deg=_rotation_deg(state, derived, tracker, at) if phase is Phase.HOLD else math.nan,
    )


def _rotation_deg(state: State, derived: Derived, tracker: Tracker | None, at: int) -> float:
    """Axial rotation now against the rest position, signed when the leg is known, else its size."""
    begin = 0 if tracker is None else tracker.first * derived.stride
    if tracker is None or at - begin > LONGEST_S * derived.rate_hz:
        return math.nan
    then = state.track.quaternions(begin, at + 1, max(at - begin, 1))
    if len(then) < 2:
        return math.nan
    twist = float(twist_deg(then[0], then[-1:], np.array(tracker.ref))[0])
    leg = None if state.open is None else state.open.leg
    return abs(twist) if leg is None else -OUTWARDS[leg] * twist


def _tracker(state: State) -> Tracker | None:
    """Of the rest position that candidates point to, else the one visited last."""
    rests = [rest for rest in state.rests.rests if rest.tracker is not None]
    if not rests:
        return None
    return max(rests, key=lambda rest: (len(state.chains.get(rest.number, [])), rest.seen)).tracker


def _phase(tracker: Tracker, angle_deg: float, speed_dps: float) -> Phase:
    if tracker.state == 0:
        return Phase.REST
    if tracker.state == 2:
        return Phase.ECCENTRIC
    return Phase.HOLD if speed_dps < MOVING_DPS or angle_deg < tracker.top_deg - 2.0 else Phase.CONCENTRIC
