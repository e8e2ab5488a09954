// The tempo to hear: a blip at each change of phase, one each second of a phase up to its target, two when it is reached.
// Everything is taken from the server's progress messages; a tick is set on the audio clock, so that it is even.

import { TICKS } from "./tones.js";

const NEAR_S = 0.03; // a tick is not moved for less
const LATE_S = 0.25; // a tick that was missed is made up within this

export class Ticks {
  #lanes = new Map();
  #tones;
  #allowed;

  /** `tones` play; `allowed()` gives the loudness now, 0 for none. */
  constructor(tones, allowed) {
    this.#tones = tones;
    this.#allowed = allowed;
  }

  /** A progress message; `active` is false between sets, when the phase means nothing. */
  take(message, active, pan = 0) {
    const lane = this.#lane(message.lane);
    const loud = active ? this.#allowed() : 0;
    if (!loud || message.phase_s === null) {
      this.#drop(lane);
      lane.phase = null;
      return;
    }
    if (message.phase !== lane.phase || message.phase_s < lane.phase_s - 0.2) this.#change(lane, message, loud, pan);
    lane.phase_s = message.phase_s;
    this.#next(lane, message, loud, pan);
  }

  /** Nothing more to come on a lane: the link is lost, or the set is over. */
  silence(number) {
    const lane = this.#lane(number);
    this.#drop(lane);
    lane.phase = null;
  }

  #lane(number) {
    if (!this.#lanes.has(number)) this.#lanes.set(number, { phase: null, phase_s: 0, done_s: 0, next: null });
    return this.#lanes.get(number);
  }

  #change(lane, message, loud, pan) {
    this.#drop(lane);
    const joined = lane.phase === null;
    Object.assign(lane, { phase: message.phase, done_s: 0 });
    if (joined) return; // in the middle: no blip for a change that nobody made
    this.#log(message.lane, message.phase, this.#tones.play(TICKS[message.phase], { gain: loud, pan }));
  }

  #next(lane, message, loud, pan) {
    if (lane.next && lane.next.heard <= performance.now()) {
      lane.done_s = lane.next.second;
      lane.next = null;
    }
    lane.done_s = Math.max(lane.done_s, message.phase_s - LATE_S);
    const second = due(lane.done_s, message.target_s ?? 0);
    if (second === null) return this.#drop(lane);
    const delay_s = second - message.phase_s;
    const at = performance.now() + delay_s * 1000;
    if (lane.next && lane.next.second === second && Math.abs(lane.next.at - at) < NEAR_S * 1000) return;
    this.#drop(lane);
    const kind = second >= message.target_s ? "reached" : "second";
    const sound = this.#tones.play(TICKS[kind], { delay_s, gain: loud, pan });
    lane.next = { second, at: Math.max(at, performance.now()), heard: sound.heard, stop: sound.stop, kind };
    this.#log(message.lane, kind, sound, lane.next);
  }

  #drop(lane) {
    if (lane.next && lane.next.heard > performance.now()) {
      lane.next.stop();
      lane.next.entry.stopped = true;
    }
    lane.next = null;
  }

  #log(lane, kind, sound, next = {}) {
    const log = (window.kickback.tickLog ??= []);
    next.entry = { lane, kind, second: next.second ?? 0, heard: sound.heard, stopped: false };
    log.push(next.entry);
    if (log.length > 400) log.splice(0, 200);
  }
}

/** The next second to tick after `done_s`: whole ones, then the target itself; null when it is past. */
export function due(done_s, target_s) {
  if (!(target_s > done_s)) return null;
  return Math.min(Math.floor(done_s + 1e-9) + 1, target_s);
}
