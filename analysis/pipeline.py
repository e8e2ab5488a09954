"""The one pipeline: blocks of samples in, events out; the same for live, replay and offline.

Cutting the samples into other blocks gives the same events: everything is decided at fixed sample indices
("ticks", about 25 a second), from nothing later than the tick.
"""

from __future__ import annotations

import copy
import math

import numpy as np
from scipy.signal import sosfilt, sosfilt_zi

from analysis.counting import Counting
from analysis.orientation import Chunk, up_in_sensor
from analysis.params import Params
from analysis.progress import EVERY_TICKS, progress
from analysis.results import Event
from analysis.segment import Direction
from analysis.state import Derived, State
from imu.blocks import FloatArray, SampleBlock

STILL_DPS = 8.0
"""Slower than this after a 2 Hz low-pass the sensor rests (prototype's notes, step 3)."""
BLIND_S = 3.0
"""Counting goes on over a gap of this length (prototype's notes, step 1)."""
RATES_HZ = (20.0, 1000.0)


class Pipeline:
    """Push blocks, get events.

    Args:
        params: what the user decides. rate_hz: samples per second of the blocks, 20 to 1000.
        start_s: the recording's own clock at sample 0; instants in events are on it.

    Raises:
        ValueError: the rate is below 20 or above 1000 Hz.
    """

    def __init__(self, params: Params, rate_hz: float, start_s: float = 0.0) -> None:
        if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
            raise ValueError(f"a rate of {rate_hz:g} Hz cannot be analyzed: 20 to 1000 Hz are needed")
        self.params = params
        self.start_s = start_s
        self.derived = Derived.of(rate_hz)
        self._counting = Counting(params, self.derived, start_s)

    def push(self, block: SampleBlock) -> list[Event]:
        """Take the next samples; the events that can now be said, in the order in which they became known.

        Raises:
            ValueError: the block does not follow the one before it, or has another rate.
        """
        if not math.isclose(block.rate_hz, self.derived.rate_hz, rel_tol=1e-9):
            raise ValueError(f"block at {block.rate_hz:g} Hz in a pipeline for {self.derived.rate_hz:g} Hz")
        for chunk in self._counting.state.bridge.push(block):
            self._take(chunk)
        return self._said()

    def finish(self) -> list[Event]:
        """The samples have ended: close what is open."""
        for chunk in self._counting.state.bridge.finish():
            self._take(chunk)
        self._counting.finish(self._counting.state.track.stop - 1)
        return self._said()

    def snapshot(self) -> State:
        """A copy of all state, to go on from later; it can be pickled."""
        return copy.deepcopy(self._counting.state)

    def restore(self, state: State) -> None:
        """Go on from a snapshot of a pipeline with the same parameters and rate."""
        self._counting.take_up(copy.deepcopy(state))

    def _said(self) -> list[Event]:
        events, self._counting.out = self._counting.out, []
        return events

    def _take(self, chunk: Chunk) -> None:
        state, stride = self._counting.state, self.derived.stride
        quat, bias = state.orientation.push(chunk)
        state.track.append(chunk.acc, chunk.gyr, bias, quat, chunk.lost)
        ticks = np.arange(-(-chunk.start // stride) * stride, chunk.start + len(chunk.acc), stride)
        known = chunk.known_at or 0
        if chunk.gap:
            state.zi = None
            for at in ticks.tolist():
                self._blind_tick(at, max(at, known))
            return
        rows = ticks - chunk.start
        speeds = self._slow_dps(chunk.gyr - bias)[rows].tolist()
        ups = up_in_sensor(quat[rows]).tolist()
        for at, (x, y, z), speed in zip(ticks.tolist(), ups, speeds, strict=True):
            self._tick(at, (x, y, z), speed, max(at, known))

    def _slow_dps(self, gyr: FloatArray) -> FloatArray:
        state, sos = self._counting.state, self.derived.sos
        if state.zi is None:
            state.zi = sosfilt_zi(sos)[:, :, None] * gyr[0]
        out, state.zi = sosfilt(sos, gyr, axis=0, zi=state.zi)
        return np.asarray(np.degrees(np.linalg.norm(out, axis=1)))

    def _blind_tick(self, at: int, now: int) -> None:
        state = self._counting.state
        state.blind += 1
        if state.blind == math.ceil(BLIND_S * self.derived.tick_hz):
            for rest in state.rests.rests:
                if rest.tracker is not None:
                    rest.tracker.restart()
            if state.open is not None:
                state.open.tracker.restart()
        self._counting.keep_house(at, now)

    def _tick(self, at: int, up: Direction, speed_dps: float, now: int) -> None:
        counting, tick = self._counting, at // self.derived.stride
        state = counting.state
        state.blind = 0
        if state.open is not None:
            done = state.open.tracker.feed(tick, state.open.tracker.angle_deg(up))
            if done is not None:
                counting.in_set(done, now)
        fresh = state.rests.still(tick, up) if speed_dps < STILL_DPS else None
        for rest in state.rests.rests:
            if rest.tracker is None:
                continue
            if rest is fresh:
                counting.look_back(rest, tick, now)
                continue
            excursion = rest.tracker.feed(tick, rest.tracker.angle_deg(up))
            if excursion is not None:
                counting.from_rest(excursion, rest.tracker.ref, now)
        counting.keep_house(at, now)
        if tick % EVERY_TICKS == 0:
            counting.out.append(progress(state, self.derived, self.start_s, at, up, speed_dps))
