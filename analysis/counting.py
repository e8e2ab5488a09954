"""From excursions to candidates, from candidates to sets, from sets to reps: what counts and when."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis import joint
from analysis import reps as look
from analysis.chains import CONFIRM, PAUSE_S, alike, held_up
from analysis.closing import MARGIN_S, close, say_refused
from analysis.describe import Frame, describe
from analysis.gait import MEMORY_S, Gait, backwards
from analysis.orientation import up_in_sensor
from analysis.params import Params
from analysis.reps import Candidate
from analysis.results import Event, Reason
from analysis.segment import Direction, Excursion, Rest
from analysis.sets import SMALL, OpenSet, direction
from analysis.state import Derived, State
from analysis.track import Window
from imu.blocks import FloatArray

LOOK_BACK_S = 20.0
"""A new rest position looks this far back for excursions from it."""
BEFORE_SET_S = 30.0
"""A confirmed set looks this far back for reps that were no candidates."""
REWORK_S = 30.0
"""Samples before a set that help the orientation to settle."""
REJECT_AFTER_S, LONGEST_SET_S, KEEP_S = 25.0, 1200.0, 240.0
"""Samples are kept for longer than three slow candidates, their pauses and the walking before them reach back."""
NOTED_DEG = 10.0
"""Outside of sets smaller excursions are not worth a line in the report."""
HOUSE_TICKS, ALONE = 5, "not followed by others like it"
OLDEST_S = KEEP_S - 10.0
"""An excursion that began longer ago is none: nothing may depend on what happens to be kept."""
SETTLE_BEFORE_S = 20.0
"""A rep's orientation is reworked from this long before it, as far as is known."""
HALF_SIZE = 0.6
"""Below this share of the least excursion nothing is looked at."""


class Counting:
    """What counts. Holds the state; everything it says goes to ``out``.

    Args:
        params: the user's. derived: of the rate. clock_s: the recording's clock at sample 0.
    """

    def __init__(self, params: Params, derived: Derived, clock_s: float) -> None:
        self.params = params
        self.derived = derived
        self.clock_s = clock_s
        self.state = State.at(derived, params.exercise)
        self.out: list[Event] = []
        self._pivots = joint.Pivots(self.params.exercise)

    def take_up(self, state: State) -> None:
        """Go on from another state."""
        self.state = state
        self._pivots = joint.Pivots(self.params.exercise)

    def keep_house(self, at: int, now: int) -> None:
        """Every few ticks end what has ended; once a second, forget what nothing can ask for any more."""
        tick, state, rate = at // self.derived.stride, self.state, self.derived.rate_hz
        if tick % HOUSE_TICKS:
            return
        if state.open is not None and state.open.members:
            why = state.open.over(at, rate)
            if why is None and at - state.open.members[0].first > LONGEST_SET_S * rate:
                why = "twenty minutes"
            if why is not None:
                self.close(now, why)
        if tick % (5 * HOUSE_TICKS) == 0:
            self.let_go(now)
            self.let_out(now)
            keep = at - KEEP_S * rate
            if state.open is not None:
                keep = min(keep, state.open.members[0].low - (REWORK_S + 1.0) * rate)
            state.forget(int(keep))

    def finish(self, now: int) -> None:
        """The samples have ended at ``now``."""
        if self.state.open is not None:
            self.last_rep(now)
            self.close(now, "end")
        self.let_go(now, everything=True)
        self.let_out(now, everything=True)

    def look_back(self, rest: Rest, tick: int, now: int) -> None:
        """Feed a new rest position what happened before it was one."""
        stride = self.derived.stride
        tracker = rest.tracker
        if tracker is None:
            return
        for at, up in self._ups(tick * stride - round(LOOK_BACK_S * self.derived.rate_hz), tick * stride, now):
            excursion = tracker.feed(at, tracker.angle_deg(up))
            if excursion is not None:
                self.from_rest(excursion, tracker.ref, now)

    def _ups(self, first: int, last: int, now: int) -> list[tuple[int, Direction]]:
        """Ticks and upward directions within samples ``[first, last]``, as far as kept, lost ones left out."""
        oldest = now - round((KEEP_S - 1.0) * self.derived.rate_hz)
        tick = -(-max(first, oldest, 0) // self.derived.stride)
        rows = up_in_sensor(self.state.track.quaternions(tick * self.derived.stride, last + 1, self.derived.stride))
        return [(tick + n, (x, y, z)) for n, (x, y, z) in enumerate(rows.tolist()) if x == x]

    def _window(self, excursion: Excursion, now: int) -> Window:
        stride, margin = self.derived.stride, round(MARGIN_S * self.derived.rate_hz)
        first = excursion.first * stride - margin
        return self.state.track.settled(first, min(now + 1, excursion.last * stride + margin + 1), now + 1)

    def _oldest(self, now: int) -> int:
        return max(self.state.floor, now - round(OLDEST_S * self.derived.rate_hz))

    def from_rest(self, excursion: Excursion, ref: Direction, now: int) -> None:
        """Look at an excursion from the rest position ``ref``."""
        state, stride = self.state, self.derived.stride
        first, last = excursion.first * stride, excursion.last * stride
        if excursion.top_deg - excursion.first_deg < HALF_SIZE * self.params.exercise.least_excursion_deg:
            return
        if first < self._oldest(now) or state.is_taken(first, last):
            return
        window = self._window(excursion, now)
        it = look.examine(window, excursion, np.array(ref), stride, now)
        if it is None or it.first < state.floor or self.state.is_taken(it.first, it.last):
            return
        why = look.objection(it, self.params.exercise)
        if why is None:
            it = self._pivots.fit(it, window)
            why = joint.pivot_objection(it, self.params.exercise)
        if why is None:
            self._candidate(it, now)
            return
        if it.height_deg >= NOTED_DEG:
            state.refused.append((it, *why))
        up = joint.true_rest(it, self.params.exercise)
        if up is not None and (rest := state.rests.told(now // stride, direction(up))) is not None:
            self.look_back(rest, now // stride, now)

    def _candidate(self, it: Candidate, now: int) -> None:
        state = self.state
        chain = state.chains.setdefault(it.rest, [])
        if chain and not alike(chain[-1], it, self.derived.rate_hz, self.params.exercise):
            if (it.first - chain[-1].last) / self.derived.rate_hz > PAUSE_S:
                self._dissolve(chain, now)
            elif it.height_deg < SMALL * chain[-1].height_deg:
                state.refused.append((it, Reason.NO_RHYTHM, "smaller than those around it"))
                return
            else:
                state.refused += [(one, Reason.NO_RHYTHM, ALONE) for one in chain]
            chain = state.chains[it.rest] = []
        chain.append(it)
        chain[:] = [one for one in chain if one.first >= state.floor and not self.state.is_taken(one.first, one.last)]
        if state.open is not None:
            chain[:] = [one for one in chain if one.first > state.open.last]
        if len(chain) >= CONFIRM and not held_up(chain, list(state.chains.values())):
            if state.open is not None:
                self.close(now, "a new set")
            self._open(chain, now, uncertain=False)

    def _open(self, chain: list[Candidate], now: int, *, uncertain: bool) -> None:
        state, number, exercise = self.state, self.state.closed + 1, self.params.exercise
        leg = self.params.leg_of_set(number)
        opened = OpenSet.of(number, leg, state.floor, chain, self.derived.settle, exercise)
        opened.gait = self._gait(chain[0].first, opened.rest, now)
        aside = opened.aside_deg() if exercise.backwards else None
        if aside is not None:
            detail = f"{aside:.0f}° away from backwards, which the walking before tells"
            state.refused += [(it, Reason.WRONG_WAY, detail) for it in chain]
            chain.clear()
            return
        opened.uncertain = uncertain
        state.open = opened
        state.chains.clear()
        self._recount(opened, chain, now)
        if not opened.members:
            state.open = None

    def _recount(self, opened: OpenSet, chain: list[Candidate], now: int) -> None:
        """Go through what led to a new set with its own rest position: its candidates count, and others like them."""
        stride, rate = self.derived.stride, self.derived.rate_hz
        begin = max(self.state.floor, chain[0].low - round(BEFORE_SET_S * rate))
        pending = list(chain)
        for tick, up in self._ups(begin, now, now):
            done = opened.tracker.feed(tick, opened.tracker.angle_deg(up))
            if done is None:
                continue
            first, last = done.first * stride, done.last * stride
            due = [one for one in pending if one.overlap(first, last) > 0.5 or one.last <= first]
            for one in due:
                self._count(one, now)
                pending.remove(one)
            if not opened.uncertain and not any(one.overlap(first, last) > 0.5 for one in due):
                self.in_set(done, now)
        for one in pending:
            self._count(one, now)

    def _gait(self, before: int, rest: FloatArray, now: int) -> Gait | None:
        """From the walking before, with the orientation reworked: a gap's restart could turn the lean round."""
        rate = self.derived.rate_hz
        first = max(before - round(MEMORY_S * rate), now - round((KEEP_S - 1.0) * rate), 0)
        up = self.state.track.raw(first, before).reworked().up
        return backwards(up[:: self.derived.stride], self.derived.tick_hz, rest)

    def in_set(self, excursion: Excursion, now: int) -> None:
        """Look at an excursion from the open set's own rest position."""
        opened, stride = self.state.open, self.derived.stride
        first, last = excursion.first * stride, excursion.last * stride
        if opened is None or first < self._oldest(now) or self.state.is_taken(first, last):
            return
        window = self._window(excursion, now)
        floor = 0 if opened.walks or not opened.members else min(opened.members[-1].last, last)
        it = look.examine(window, excursion, opened.rest, stride, now, floor)
        if it is None or self.state.is_taken(it.first, it.last):
            return
        it = self._pivots.fit(it, window)
        why = opened.objection(it, self.params.exercise)
        if why is None:
            self._count(it, now)
        elif it.height_deg >= HALF_SIZE * self.params.exercise.least_excursion_deg:
            self.state.refused.append((it, *why))
            opened.refuse(it)

    def _count(self, it: Candidate, now: int) -> None:
        opened = self.state.open
        if opened is None:
            return
        margin = round(MARGIN_S * self.derived.rate_hz)
        early, last = it.low - round(SETTLE_BEFORE_S * self.derived.rate_hz), min(now + 1, it.high + margin)
        window = self.state.track.raw(early, last).reworked().part(it.low - margin, last)
        measured = describe(window, it, len(opened.reps) + 1, self._frame(opened), now)
        if measured is None:
            self.state.refused.append((it, Reason.NOT_BACK, "no way out and back that could be measured"))
            return
        opened.add(it)
        rom = [rep.rom_deg for rep in opened.reps if rep.rom_deg == rep.rom_deg]
        size = measured.rep.rom_deg
        partial = None if size != size else bool(rom and size < 0.5 * float(np.median(rom)))
        rep = replace(measured.rep, is_partial=partial, uncertain=opened.uncertain)
        opened.reps.append(rep)
        self.out.append(rep)

    def _frame(self, opened: OpenSet) -> Frame:
        back = None if opened.gait is None else opened.gait.back
        return Frame(opened.number, opened.leg, opened.rest, back, self.params, self.clock_s)

    def last_rep(self, now: int) -> None:
        """A rep whose return the recording's end cut off by a fraction of a second still counts."""
        opened = self.state.open
        if opened is None or opened.tracker.state != 2:
            return
        tracker = opened.tracker
        if tracker.valley_deg < tracker.home_deg:
            done = tracker.unfinished()
            self.in_set(done, now)

    def close(self, now: int, why: str) -> None:
        """End the open set and say it."""
        state, rate = self.state, self.derived.rate_hz
        opened, state.open = state.open, None
        if opened is None or not opened.reps:
            return
        state.closed += 1
        first = max(state.floor, opened.members[0].low - round(REWORK_S * rate))
        last = min(now + 1, opened.members[-1].high + round(2 * MARGIN_S * rate))
        window = state.track.raw(first, last).reworked()
        self.out.append(close(opened, window, self._frame(opened), why, now))
        state.floor = opened.members[-1].last
        state.taken += [(it.first, it.last) for it in opened.members]

    def _dissolve(self, chain: list[Candidate], now: int) -> None:
        """A chain that found no third: a set of its own if it is sure enough, else refused."""
        if self.state.open is None and chain and all(look.stands_alone(it, self.params.exercise) for it in chain):
            self._open(chain, now, uncertain=True)
            self.close(now, "rest")
            return
        self.state.refused += [(it, Reason.NO_RHYTHM, ALONE) for it in chain]

    def let_go(self, now: int, *, everything: bool = False) -> None:
        """Give up candidates that no third will follow."""
        state, limit = self.state, PAUSE_S * self.derived.rate_hz
        for number, chain in list(state.chains.items()):
            if chain and (everything or now - chain[-1].last > limit):
                state.chains.pop(number, None)
                self._dissolve([it for it in chain if not self.state.is_taken(it.first, it.last)], now)

    def let_out(self, now: int, *, everything: bool = False) -> None:
        """Say what was not counted when nothing can claim it any more."""
        state, rate = self.state, self.derived.rate_hz
        until = now + 1 if everything else now - round(REJECT_AFTER_S * rate)
        if state.open is not None:
            until = min(until, state.open.members[0].first)
        ripe = [one for one in state.refused if one[0].last < until]
        state.refused = [one for one in state.refused if one[0].last >= until]
        ripe = [one for one in ripe if not state.is_taken(one[0].first, one[0].last)]
        said = say_refused(ripe, state.said, rate, self.clock_s, now)
        state.said += [(one.start, one.end) for one in said]
        self.out += said
