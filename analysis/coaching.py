"""What to work on next: plain sentences, each derived from measured values.

The order is that of the coaching facts the product is built on: slow the eccentric to 3-4 s, hold the squeeze, keep
the pelvis level; when these hold, more range, then pulses, then a thicker band; 8-12 reps, 2-3 sets. This is about
how an exercise is done. It is no medical advice and knows nothing of pain, injury or history.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.params import Tempo
from analysis.results import Rep, SetClosed
from analysis.summary import count_flag, summarise

REPS_LEAST, REPS_MOST = 8, 12
"""Reps per set, from the coaching facts."""

SETS_LEAST, SETS_MOST = 2, 3
"""Sets per leg, from the coaching facts."""

ENOUGH = 0.8
"""A phase counts as reached from this share of its target on. A house rule: a rep is only "rushed" below one half."""

OFTEN = 0.2
"""A flag is a habit from this share of the judged reps on; below it is a slip. A house rule."""

ROM_LOSS_PERCENT = 20.0
"""A loss of range, best to last, that is worth a word. A house rule, as velocity-based training stops sets at 20 %."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to work on.

    Attributes:
        key: a stable name, such as "eccentric".
        what: what to do, one short sentence.
        why: the measured values it follows from.
    """

    key: str
    what: str
    why: str


def what_next(sets: Sequence[SetClosed], tempo: Tempo) -> tuple[Advice, ...]:
    """What to work on, the most useful first; empty without reps.

    Form comes first (eccentric, squeeze, pelvis, even range), then the dose (reps, sets), and only when form and reps
    hold does the last one say how to make it harder.
    """
    reps = [rep for closed in sets for rep in closed.reps]
    if not reps:
        return ()
    form = (_eccentric(reps, tempo), _squeeze(reps, tempo), _pelvis(reps), _range(sets, tempo))
    dose = (_rep_count(sets), _set_count(sets))
    found = [advice for advice in (*form, *dose) if advice is not None]
    measured = all(math.isfinite(_mean(reps, name)) for name in ("eccentric_s", "hold_s", "rom_deg"))
    if measured and not any(form) and dose[0] is None:
        found.append(_harder(reps))
    return tuple(found)


def _mean(reps: Sequence[Rep], name: str) -> float:
    values = np.array([getattr(rep, name) for rep in reps], dtype=np.float64)
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else math.nan


def _seconds(value: float) -> str:
    return f"{value:.1f} s"


def _times(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _eccentric(reps: Sequence[Rep], tempo: Tempo) -> Advice | None:
    mean = _mean(reps, "eccentric_s")
    rushed = count_flag(reps, "rushed")
    often = rushed.judged > 0 and rushed.yes >= OFTEN * rushed.judged and rushed.yes > 0
    short = mean < ENOUGH * tempo.eccentric_s
    if not (short or often):
        return None
    why = f"The way down took {_seconds(mean)} on average; your target is {tempo.eccentric_s:g} s."
    if rushed.yes:
        why += f" {rushed.yes} of {_times(rushed.judged, 'rep', 'reps')} took less than half of the target."
    goal = "3 to 4 seconds" if 3 <= tempo.eccentric_s <= 4 else f"{tempo.eccentric_s:g} seconds"
    return Advice("eccentric", f"Lower the leg more slowly: take {goal} on the way down.", why)


def _squeeze(reps: Sequence[Rep], tempo: Tempo) -> Advice | None:
    mean = _mean(reps, "hold_s")
    if not mean < ENOUGH * tempo.shortened_s:
        return None
    why = f"You stayed at the top for {_seconds(mean)} on average; your target is {tempo.shortened_s:g} s."
    return Advice("hold", "Hold the squeeze: stop at the top before you lower the leg.", why)


def _pelvis(reps: Sequence[Rep]) -> Advice | None:
    flag = count_flag(reps, "hip_rotation")
    if flag.yes == 0 or flag.yes < OFTEN * flag.judged:
        return None
    why = (
        f"In {flag.yes} of {_times(flag.judged, 'rep', 'reps')} the leg turned at the top in a way that is likely to "
        "come from the hip. One ankle sensor cannot see the pelvis: check in a mirror or on a film."
    )
    return Advice("pelvis", "Keep the pelvis level: let the leg move, not the hip.", why)


def _range(sets: Sequence[SetClosed], tempo: Tempo) -> Advice | None:
    partial = count_flag([rep for closed in sets for rep in closed.reps], "is_partial")
    if partial.yes and partial.yes >= OFTEN * partial.judged:
        why = f"{partial.yes} of {_times(partial.judged, 'rep', 'reps')} stayed below half of the set's usual range."
        return Advice("range", "Finish every rep, or end the set before they get small.", why)
    losses = [(summarise(closed, tempo).rom_deg, closed.set) for closed in sets]
    known = [item for item in losses if math.isfinite(item[0].loss_percent)]
    if not known:
        return None
    rom, number = max(known, key=lambda item: item[0].loss_percent)
    if rom.loss_percent < ROM_LOSS_PERCENT:
        return None
    why = f"In set {number} the range fell from {rom.best:.0f}° at best to {rom.last:.0f}° in the last rep."
    return Advice("range", "Keep the range to the end of the set.", why)


def _rep_count(sets: Sequence[SetClosed]) -> Advice | None:
    counts = [len(closed.reps) for closed in sets]
    if min(counts) >= REPS_LEAST:
        return None
    what = f"Aim for {REPS_LEAST} to {REPS_MOST} reps a set."
    *others, last = map(str, counts)
    if not others:
        return Advice("reps", what, f"You did {_times(counts[0], 'rep', 'reps')}.")
    return Advice("reps", what, f"You did {', '.join(others)} and {last} reps in your sets.")


def _set_count(sets: Sequence[SetClosed]) -> Advice | None:
    legs = [closed.leg for closed in sets]
    if None in legs or not legs:
        return None
    counts = {leg: legs.count(leg) for leg in ("left", "right") if leg in legs}
    if min(counts.values()) >= SETS_LEAST:
        return None
    done = " and ".join(f"{_times(count, 'set', 'sets')} with the {leg} leg" for leg, count in counts.items())
    what = f"Do {SETS_LEAST} to {SETS_MOST} sets with each leg."
    return Advice("sets", what, f"This recording has {done}.")


def _harder(reps: Sequence[Rep]) -> Advice:
    pulses = sum(rep.pulses or 0 for rep in reps)
    held = f"Tempo, squeeze and range held over {_times(len(reps), 'rep', 'reps')}"
    if pulses:
        why = f"{held}, with {_times(pulses, 'pulse', 'pulses')} at the top."
        return Advice("harder", "Make it harder: take a thicker band.", why)
    why = f"{held} of {_mean(reps, 'rom_deg'):.0f}° on average."
    what = "Make it harder: first a little more range, then pulses at the top, then a thicker band."
    return Advice("harder", what, why)
