// What a person can ask for, and what is known of the lanes to ask it rightly. Draws nothing: who draws is told by `drawnBy`.

import { recall, remember, t } from "./texts.js";

const STORED = "kickback.count_in";
const BANDS = "kickback.bands";
const MOST_BANDS = 8;

export const lanes = new Map(); // number -> {name, leg, set, closed, countIn, begun}
export const state = { connected: false, mayControl: false, ended: false, chosen: 0, target: null, exercise: "", exercises: [] };
let refresh = () => {};
let toast = () => {};

/** Who draws: `refresh()` when something changed here, `toast(text, undoable)` when something was done. */
export function drawnBy(drawing) {
  ({ refresh, toast } = drawing);
}

export const lane = () => lanes.get(state.chosen) ?? null;
export const usable = () => state.mayControl && state.connected && !state.ended;
export const countIn = () => Number(recall(STORED)) || 5;
export const keepCountIn = (seconds) => remember(STORED, seconds);

/** Send a command, where that is allowed; whether it was. */
export function send(command) {
  if (!usable()) return false;
  window.kickback.send(command);
  return true;
}

function sendLane(command) {
  return send({ ...command, lane: state.chosen });
}

/** The set that corrections speak of: the one now, or the last one while there is rest; 0 before the first. */
export function inSet() {
  return lane()?.set?.set ?? 0;
}

/** The set that notes speak of: as above, and before the first the one to come. */
export function noteSet() {
  return inSet() || (lane()?.set?.next_set ?? 1);
}

export function shownReps() {
  return (lane()?.set?.reps ?? []).filter((rep) => !rep.deleted);
}

export function running() {
  const now = lane();
  if (!now) return false;
  return now.countIn !== null || now.begun || going();
}

/** Whether reps are being counted. */
export function going() {
  const set = lane()?.set;
  return Boolean(set && set.set > 0 && !set.resting && !set.stopped);
}

export const DO = {
  startStop() {
    const stops = running();
    const sent = stops ? sendLane({ do: "stop" }) : sendLane({ do: "start", count_in_s: countIn() });
    if (sent) lane().begun = !stops;
    refresh();
  },
  nextLeg: () => sendLane({ do: "next_leg" }),
  left: () => sendLane({ do: "leg", leg: "left" }),
  right: () => sendLane({ do: "leg", leg: "right" }),
  add: () => inSet() > 0 && sendLane({ do: "add_rep", set: inSet() }) && toast(t("did.add_rep")),
  deleteLast() {
    const last = shownReps().at(-1);
    if (last && sendLane({ do: "delete_rep", set: last.set, rep: last.rep })) toast(t("did.delete_rep", { label: last.label ?? last.rep }));
  },
  undo() {
    if (canUndo() && sendLane({ do: "undo" })) toast(t("did.undo"), false);
  },
  restart: () => sendLane({ do: "restart_set" }) && toast(t("did.restart_set")),
  warmUp: () => sendLane({ do: "warm_up", set: noteSet(), on: !lane().set?.warm_up }),
  effort(value) {
    const before = lane()?.set?.note?.effort ?? null;
    sendLane({ do: "note", set: noteSet(), effort: before === value ? null : value });
  },
  band(value) {
    if (sendLane({ do: "note", set: noteSet(), band: value.trim() || null })) keepBand(value.trim());
  },
  otherLane() {
    const numbers = [...lanes.keys()];
    if (numbers.length < 2) return;
    state.chosen = numbers[(numbers.indexOf(state.chosen) + 1) % numbers.length];
    refresh();
  },
  exercise: (name) => send({ do: "exercise", exercise: name }),
  end: () => send({ do: "end" }),
};

/** Whether another exercise can still be chosen: nothing was counted yet. The server has the last word. */
export function choosable() {
  return [...lanes.values()].every((each) => !each.closed && !each.set?.reps?.length);
}

/** Where the server does not say, an undo is allowed and it answers. */
export function canUndo() {
  return lane()?.set?.can_undo !== null;
}

export function bands() {
  try {
    const kept = JSON.parse(recall(BANDS) ?? "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : [];
  } catch {
    return []; // written by something else
  }
}

function keepBand(value) {
  if (value) remember(BANDS, JSON.stringify([value, ...bands().filter((each) => each !== value)].slice(0, MOST_BANDS)));
}
