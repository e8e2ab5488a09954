"""The one pipeline: blocks of samples in, events out; the same for live, replay and offline.

Cutting the samples into other blocks gives the same events: everything is decided at fixed sample indices
("ticks", about 25 a second), from nothing later than the tick.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.signal import sosfilt, sosfilt_zi

from analysis import reps as look
from analysis.describe import Frame, Measured, calibrate, describe, finish_set
from analysis.gait import MEMORY_S, Gait, backwards
from analysis.orientation import Chunk, GapBridge, Orientation, up_in_sensor
from analysis.params import Params
from analysis.results import AngleTrace, Event, Phase, Progress, Reason, Rejected, SetClosed
from analysis.segment import SETTLE_S, Direction, Excursion, Rest, Rests, Tracker, turn_deg
from analysis.sets import CONFIRM, PAUSE_S, SMALL, OpenSet, alike
from analysis.track import Track, Window
from analysis.vectors import low_pass
from imu.blocks import FloatArray, SampleBlock

TICK_HZ = 25.0
STILL_HZ = 2.0
STILL_DPS = 8.0
"""Slower than this after a 2 Hz low-pass the sensor rests (algorithm notes, step 3)."""
LOOK_BACK_S = 40.0
"""A new rest position looks this far back for excursions from it."""
BLIND_S = 3.0
"""Counting goes on over a gap of this length (algorithm notes, step 1)."""
REJECT_AFTER_S = 25.0
MARGIN_S = 1.0
BEFORE_SET_S = 30.0
LONGEST_SET_S = 1200.0
PROGRESS_TICKS = 3
"""A progress event every third tick."""
SURE_STRETCHES, SURE_ASYMMETRY_DEG, ASIDE_DEG = 4, 6.0, 60.0
"""A set is refused as not backwards only beyond 60 degrees (algorithm notes, step 8) from walking that tells it surely;
kickbacks lay within 42 degrees of it in 142 simulated sets."""
NOTED_DEG = 10.0
"""Excursions below this are not worth a line in the report unless they lie in a set."""


@dataclass(frozen=True, slots=True)
class Derived:
    """What follows from the rate."""

    rate_hz: float
    stride: int
    tick_hz: float
    settle: int
    sos: FloatArray

    @classmethod
    def of(cls, rate_hz: float) -> Derived:
        """For a rate in samples per second."""
        stride = max(1, round(rate_hz / TICK_HZ))
        tick_hz = rate_hz / stride
        sos = low_pass(2, STILL_HZ, rate_hz)
        return cls(rate_hz, stride, tick_hz, max(2, round(SETTLE_S * tick_hz)), sos)


@dataclass(slots=True)
class State:
    """All that the samples have changed; copying it is a snapshot."""

    bridge: GapBridge
    orientation: Orientation
    track: Track
    rests: Rests
    zi: FloatArray | None = None
    chains: dict[int, list[look.Candidate]] = field(default_factory=dict)
    open: OpenSet | None = None
    closed: int = 0
    floor: int = 0
    taken: list[tuple[int, int]] = field(default_factory=list)
    refused: list[tuple[look.Candidate, Reason, str]] = field(default_factory=list)
    blind: int = 0
    phase: Phase = Phase.REST
    phase_from: int = 0
    seen: int = 0


class Pipeline:
    """Push blocks, get events.

    Args:
        params: what the user decides. rate_hz: samples per second of the blocks, 20 to 1000.
        start_s: the recording's own clock at sample 0; instants in events are on it.

    Raises:
        ValueError: the rate is below 20 or above 1000 Hz.
    """

    def __init__(self, params: Params, rate_hz: float, start_s: float = 0.0) -> None:
        if not 20.0 <= rate_hz <= 1000.0:
            raise ValueError(f"a rate of {rate_hz:g} Hz cannot be analyzed: 20 to 1000 Hz are needed")
        self.params = params
        self.start_s = start_s
        self.derived = Derived.of(rate_hz)
        self.state = State(GapBridge(rate_hz), Orientation(rate_hz), Track(rate_hz), Rests(self.derived.tick_hz))

    def push(self, block: SampleBlock) -> list[Event]:
        """Take the next samples; the events that can now be said, in the order of ``known_at``.

        Raises:
            ValueError: the block does not follow the one before it, or has another rate.
        """
        if not math.isclose(block.rate_hz, self.derived.rate_hz, rel_tol=1e-9):
            raise ValueError(f"block at {block.rate_hz:g} Hz in a pipeline for {self.derived.rate_hz:g} Hz")
        events: list[Event] = []
        for chunk in self.state.bridge.push(block):
            self._take(chunk, events)
        return events

    def finish(self) -> list[Event]:
        """The samples have ended: close what is open."""
        events: list[Event] = []
        for chunk in self.state.bridge.finish():
            self._take(chunk, events)
        now = self.state.track.stop - 1
        if self.state.open is not None:
            self._last_rep(now, events)
            self._close(now, "end", events)
        self._let_go(now, events, everything=True)
        self._refuse(now, events, everything=True)
        return events

    def snapshot(self) -> State:
        """A copy of all state, to go on from later."""
        return copy.deepcopy(self.state)

    def restore(self, state: State) -> None:
        """Go on from a snapshot of a pipeline with the same parameters and rate."""
        self.state = copy.deepcopy(state)

    # -- from samples to ticks

    def _take(self, chunk: Chunk, events: list[Event]) -> None:
        state, derived = self.state, self.derived
        quat, bias = state.orientation.push(chunk)
        state.track.append(chunk.acc, chunk.gyr, bias, quat, chunk.lost)
        stop = chunk.start + len(chunk.acc)
        first = -(-chunk.start // derived.stride) * derived.stride
        if chunk.gap:
            state.zi = None
            for at in range(first, stop, derived.stride):
                self._blind_tick(at, max(at, chunk.known_at or 0), events)
            return
        slow = self._slow_dps(chunk.gyr - bias)
        ticks = np.arange(first, stop, derived.stride)
        ups = [tuple(row) for row in up_in_sensor(quat[ticks - chunk.start]).tolist()]
        speeds = slow[ticks - chunk.start].tolist()
        known = chunk.known_at or 0
        for at, up, speed in zip(ticks.tolist(), ups, speeds, strict=True):
            self._tick(at, up, speed, max(at, known), events)

    def _slow_dps(self, gyr: FloatArray) -> FloatArray:
        state, sos = self.state, self.derived.sos
        if state.zi is None:
            state.zi = sosfilt_zi(sos)[:, :, None] * gyr[0]
        out, state.zi = sosfilt(sos, gyr, axis=0, zi=state.zi)
        return np.asarray(np.degrees(np.linalg.norm(out, axis=1)))

    def _blind_tick(self, at: int, now: int, events: list[Event]) -> None:
        state = self.state
        state.blind += 1
        if state.blind == math.ceil(BLIND_S * self.derived.tick_hz):
            for rest in state.rests.rests:
                if rest.tracker is not None:
                    rest.tracker.restart()
            if state.open is not None:
                state.open.tracker.restart()
        self._housekeeping(at, now, events)

    def _tick(self, at: int, up: Direction, speed_dps: float, now: int, events: list[Event]) -> None:
        state = self.state
        state.blind = 0
        tick = at // self.derived.stride
        if state.open is not None:
            done = state.open.tracker.feed(tick, state.open.tracker.angle_deg(up))
            if done is not None:
                self._in_set(done, now, events)
        fresh = state.rests.still(tick, up) if speed_dps < STILL_DPS else None
        for rest in list(state.rests.rests):
            if rest.tracker is None:
                continue
            if rest is fresh:
                self._look_back(rest, tick, now, events)
                continue
            excursion = rest.tracker.feed(tick, rest.tracker.angle_deg(up))
            if excursion is not None:
                self._from_rest(excursion, rest.tracker.ref, now, events)
        self._housekeeping(at, now, events)
        if tick % PROGRESS_TICKS == 0:
            events.append(self._progress(at, up, speed_dps))

    def _housekeeping(self, at: int, now: int, events: list[Event]) -> None:
        state, rate = self.state, self.derived.rate_hz
        if state.open is not None and state.open.members:
            why = state.open.over(at, rate)
            if why is None and at - state.open.members[0].first > LONGEST_SET_S * rate:
                why = "twenty minutes"
            if why is not None:
                self._close(now, why, events)
        if at // self.derived.stride % round(self.derived.tick_hz) == 0:
            self._let_go(now, events)
            self._refuse(now, events)
            keep = at - (MEMORY_S + LOOK_BACK_S) * rate
            if state.open is not None:
                keep = min(keep, state.open.members[0].low - (BEFORE_SET_S + 1.0) * rate)
            state.track.forget(int(keep))
            state.taken = [span for span in state.taken if span[1] > keep]

    # -- from excursions to candidates

    def _look_back(self, rest: Rest, tick: int, now: int, events: list[Event]) -> None:
        """Feed a new rest position what happened before it was one."""
        stride = self.derived.stride
        begin = max(tick - round(LOOK_BACK_S * self.derived.tick_hz), -(-self.state.track.base // stride))
        tracker = rest.tracker
        if tracker is None:
            return
        for at, up in self._ups(begin, tick):
            excursion = tracker.feed(at, tracker.angle_deg(up))
            if excursion is not None:
                self._from_rest(excursion, tracker.ref, now, events)

    def _ups(self, first_tick: int, last_tick: int) -> list[tuple[int, Direction]]:
        """Ticks and upward directions from first to last, lost ones left out."""
        stride = self.derived.stride
        quat = self.state.track.quaternions(first_tick * stride, last_tick * stride + 1, stride)
        rows = up_in_sensor(quat).tolist()
        return [(first_tick + n, (x, y, z)) for n, (x, y, z) in enumerate(rows) if x == x]

    def _window(self, excursion: Excursion, now: int) -> Window:
        stride, margin = self.derived.stride, round(MARGIN_S * self.derived.rate_hz)
        first = excursion.first * stride - margin
        return self.state.track.window(first, min(now + 1, excursion.last * stride + margin + 1))

    def _from_rest(self, excursion: Excursion, ref: Direction, now: int, events: list[Event]) -> None:
        state, stride = self.state, self.derived.stride
        first, last = excursion.first * stride, excursion.last * stride
        if excursion.top_deg - excursion.first_deg < 0.6 * self.params.exercise.least_excursion_deg:
            return
        if first < state.floor or self._is_taken(first, last):
            return
        window = self._window(excursion, now)
        it = look.examine(window, excursion, np.array(ref), stride, now)
        if it is None or it.first < state.floor or self._is_taken(it.first, it.last):
            return
        why = look.objection(it, self.params.exercise)
        if why is None:
            it = look.with_pivot(it, window)
            why = look.pivot_objection(it)
        if why is not None:
            if it.height_deg >= NOTED_DEG:
                state.refused.append((it, *why))
            return
        self._candidate(it, now, events)

    def _is_taken(self, first: int, last: int) -> bool:
        spans = [*self.state.taken]
        if self.state.open is not None:
            spans += [(it.first, it.last) for it in self.state.open.members]
        length = max(1, last - first)
        return any(min(last, b) - max(first, a) > 0.3 * min(length, b - a) for a, b in spans)

    def _candidate(self, it: look.Candidate, now: int, events: list[Event]) -> None:
        state = self.state
        chain = state.chains.setdefault(it.rest, [])
        if chain and not alike(chain[-1], it, self.derived.rate_hz):
            if (it.first - chain[-1].last) / self.derived.rate_hz > PAUSE_S:
                self._dissolve(chain, now, events)
            elif it.height_deg < SMALL * chain[-1].height_deg:
                state.refused.append((it, Reason.NO_RHYTHM, "smaller than those around it"))
                return
            else:
                state.refused += [(one, Reason.NO_RHYTHM, "not followed by others like it") for one in chain]
            chain = state.chains[it.rest] = []
        chain.append(it)
        chain[:] = [one for one in chain if one.first >= state.floor and not self._is_taken(one.first, one.last)]
        if state.open is not None:
            chain[:] = [one for one in chain if one.first > state.open.last]
        if len(chain) >= CONFIRM:
            if state.open is not None:
                self._close(now, "a new set", events)
            self._open(chain, now, events, uncertain=False)

    # -- from candidates to sets

    def _open(self, chain: list[look.Candidate], now: int, events: list[Event], *, uncertain: bool) -> None:
        state, derived = self.state, self.derived
        number = state.closed + 1
        leg = self.params.leg_of_set(number)
        opened = OpenSet.of(number, leg, state.floor, chain, derived.settle, self.params.exercise)
        opened.gait = self._gait(chain[0].first, opened.rest)
        if opened.gait is not None and not _goes_back(opened, opened.gait):
            way = turn_deg(opened.swing, opened.gait.back)
            detail = f"{way:.0f}° away from backwards, which the walking before tells"
            state.refused += [(it, Reason.WRONG_WAY, detail) for it in chain]
            state.chains.clear()
            return
        opened.uncertain = uncertain
        state.open = opened
        state.chains.clear()
        first_tick = max(state.floor, chain[0].low - round(BEFORE_SET_S * derived.rate_hz)) // derived.stride
        last_tick = now // derived.stride
        pending = list(chain)
        for tick, up in self._ups(max(first_tick, -(-state.track.base // derived.stride)), last_tick):
            done = opened.tracker.feed(tick, opened.tracker.angle_deg(up))
            if done is None:
                continue
            span = (done.first * derived.stride, done.last * derived.stride)
            covered = [one for one in pending if one.overlap(*span) > 0.5]
            if covered:
                for one in covered:
                    self._count(one, now, events)
                    pending.remove(one)
            elif not uncertain:
                self._in_set(done, now, events)
        for one in pending:
            self._count(one, now, events)

    def _gait(self, before: int, rest: FloatArray) -> Gait | None:
        stride, rate = self.derived.stride, self.derived.rate_hz
        first = max(self.state.track.base, before - round(MEMORY_S * rate), 0)
        quat = self.state.track.quaternions(-(-first // stride) * stride, before, stride)
        return backwards(up_in_sensor(quat), self.derived.tick_hz, rest)

    def _in_set(self, excursion: Excursion, now: int, events: list[Event]) -> None:
        opened = self.state.open
        if opened is None:
            return
        stride = self.derived.stride
        if excursion.first * stride < self.state.floor or self._is_taken(
            excursion.first * stride, excursion.last * stride
        ):
            return
        window = self._window(excursion, now)
        it = look.examine(window, excursion, opened.rest, stride, now)
        if it is None or self._is_taken(it.first, it.last):
            return
        it = look.with_pivot(it, window)
        why = opened.objection(it, self.params.exercise)
        if why is None:
            self._count(it, now, events)
        elif it.height_deg >= 0.6 * self.params.exercise.least_excursion_deg:
            self.state.refused.append((it, *why))
            opened.refuse(it)

    def _count(self, it: look.Candidate, now: int, events: list[Event]) -> None:
        opened = self.state.open
        if opened is None:
            return
        margin = round(MARGIN_S * self.derived.rate_hz)
        window = self.state.track.window(it.low - margin, min(now + 1, it.high + margin))
        measured = describe(window, it, len(opened.reps) + 1, self._frame(opened), now)
        if measured is None:
            self.state.refused.append((it, Reason.NOT_BACK, "its way out or its way back could not be measured"))
            return
        opened.add(it)
        rom = [rep.rom_deg for rep in opened.reps if rep.rom_deg == rep.rom_deg]
        partial = bool(rom and measured.rep.rom_deg < 0.5 * float(np.median(rom)))
        rep = replace(measured.rep, is_partial=partial, uncertain=opened.uncertain)
        opened.reps.append(rep)
        events.append(rep)

    def _frame(self, opened: OpenSet) -> Frame:
        back = None if opened.gait is None else opened.gait.back
        return Frame(opened.number, opened.leg, opened.rest, back, self.params, self.start_s)

    def _last_rep(self, now: int, events: list[Event]) -> None:
        """A rep whose return the recording's end cut off by a fraction of a second still counts."""
        opened = self.state.open
        if opened is None or opened.tracker.state != 2:
            return
        tracker = opened.tracker
        if tracker.valley_deg < tracker.home_deg:
            done = Excursion(
                -1,
                tracker.first,
                tracker.top,
                tracker.valley,
                tracker.first_deg,
                tracker.top_deg,
                tracker.valley_deg,
                0,
            )
            self._in_set(done, now, events)

    def _close(self, now: int, why: str, events: list[Event]) -> None:
        state, rate = self.state, self.derived.rate_hz
        opened, state.open = state.open, None
        if opened is None or not opened.reps:
            return
        state.closed += 1
        first = max(state.floor, opened.members[0].low - round(BEFORE_SET_S * rate))
        last = min(now + 1, opened.members[-1].high + round(2 * MARGIN_S * rate))
        window = state.track.raw(first, last).reworked()
        measured: list[Measured] = []
        for it, rep in zip(opened.members, opened.reps, strict=True):
            part = window.part(it.low - round(MARGIN_S * rate), it.high + round(MARGIN_S * rate))
            measured.append(describe(part, it, rep.rep, self._frame(opened), now) or Measured(rep, None))
        done = finish_set(measured, opened.rest, opened.leg)
        done = tuple(replace(rep, uncertain=opened.uncertain) for rep in done)
        state.floor = opened.members[-1].last
        state.taken += [(it.first, it.last) for it in opened.members]
        events.append(
            SetClosed(
                set=opened.number,
                leg=opened.leg,
                start=done[0].start,
                end=done[-1].end,
                known_at=now,
                start_s=done[0].start_s,
                end_s=done[-1].end_s,
                reason=why,
                reps=done,
                calibration=calibrate(opened.members),
                uncertain=opened.uncertain,
                trace=_trace(window, opened.rest, self.start_s),
            )
        )

    # -- what does not count

    def _dissolve(self, chain: list[look.Candidate], now: int, events: list[Event]) -> None:
        """A chain that found no third: a set of its own if it is sure enough, else refused."""
        if self.state.open is None and chain and all(look.stands_alone(it) for it in chain):
            self._open(chain, now, events, uncertain=True)
            self._close(now, "rest", events)
            return
        detail = "not followed by others like it"
        self.state.refused += [(it, Reason.NO_RHYTHM, detail) for it in chain]

    def _let_go(self, now: int, events: list[Event], *, everything: bool = False) -> None:
        state, limit = self.state, PAUSE_S * self.derived.rate_hz
        for number, chain in list(state.chains.items()):
            if chain and (everything or now - chain[-1].last > limit):
                state.chains.pop(number, None)
                self._dissolve([it for it in chain if not self._is_taken(it.first, it.last)], now, events)

    def _refuse(self, now: int, events: list[Event], *, everything: bool = False) -> None:
        """Say what was not counted, once for each stretch of time, when nothing can claim it any more."""
        state, rate = self.state, self.derived.rate_hz
        until = now + 1 if everything else now - round(REJECT_AFTER_S * rate)
        if state.open is not None:
            until = min(until, state.open.members[0].first)
        ripe = sorted((one for one in state.refused if one[0].last < until), key=lambda one: -one[0].height_deg)
        state.refused = [one for one in state.refused if one[0].last >= until]
        said: list[tuple[int, int]] = []
        for it, reason, detail in ripe:
            overlaps = any(min(it.last, b) - max(it.first, a) > 0 for a, b in said)
            if overlaps or self._is_taken(it.first, it.last):
                continue
            said.append((it.first, it.last))
            events.append(
                Rejected(
                    it.first,
                    it.last + 1,
                    now,
                    self.start_s + it.first / rate,
                    self.start_s + it.last / rate,
                    it.height_deg,
                    reason,
                    detail,
                )
            )

    # -- for the eye

    def _progress(self, at: int, up: Direction, speed_dps: float) -> Progress:
        state = self.state
        tracker = state.open.tracker if state.open is not None else self._main_tracker()
        angle = math.nan if tracker is None else tracker.angle_deg(up)
        phase = Phase.REST if tracker is None else _phase(tracker, angle, speed_dps)
        if phase is not state.phase:
            state.phase, state.phase_from = phase, at
        pending = 0 if state.open is not None else max((len(chain) for chain in state.chains.values()), default=0)
        return Progress(
            at=at,
            time_s=self.start_s + at / self.derived.rate_hz,
            phase=phase,
            angle_deg=angle,
            count=0 if state.open is None else len(state.open.reps),
            candidates=pending,
            set=state.closed + (1 if state.open is not None else 0),
            phase_s=(at - state.phase_from) / self.derived.rate_hz,
        )

    def _main_tracker(self) -> Tracker | None:
        """The rest position that candidates point to, else the one visited last."""
        rests = [rest for rest in self.state.rests.rests if rest.tracker is not None]
        if not rests:
            return None
        chains = self.state.chains
        return max(rests, key=lambda rest: (len(chains.get(rest.number, [])), rest.seen)).tracker


def _goes_back(opened: OpenSet, gait: Gait) -> bool:
    """Whether the set's swing is near enough to walking's backwards; true when walking does not tell it surely."""
    sure = gait.stretches >= SURE_STRETCHES and gait.asymmetry_deg > SURE_ASYMMETRY_DEG
    return not sure or turn_deg(opened.swing, gait.back) <= ASIDE_DEG


def _phase(tracker: Tracker, angle_deg: float, speed_dps: float) -> Phase:
    if tracker.state == 0:
        return Phase.REST
    if tracker.state == 2:
        return Phase.ECCENTRIC
    return Phase.HOLD if speed_dps < 15.0 or angle_deg < tracker.top_deg - 2.0 else Phase.CONCENTRIC


def _trace(window: Window, rest: FloatArray, clock_s: float) -> AngleTrace:
    cosine = np.clip(window.up @ rest, -1.0, 1.0)
    return AngleTrace(clock_s + window.start / window.rate_hz, window.rate_hz, np.degrees(np.arccos(cosine)))
