// What a person can do: buttons and keys that send commands. Everything is decided by the server; a viewer who may only
// look sees none of it. Nothing asks "are you sure?": what was done can be undone.

import { DO, bands, canUndo, choosable, countIn, drawnBy, going, inSet, keepCountIn, lane, lanes, noteSet, running, shownReps, state, usable } from "./commands.js";
import { dialog, h, place, unfocus } from "./dom.js";
import { bind, controlledBy } from "./keys.js";
import { focusTempo, refreshTempo, tempoGroup } from "./tempo.js";
import { has, ready, t } from "./texts.js";

const TOAST_MS = 8000;
const COUNT_INS_S = [3, 5, 10];

let toastTimer = 0;
let root = null;
let part = {}; // the elements that change, by name

// --- making the section -------------------------------------------------------------------------------------------

function button(name, run, attributes = {}, text = t(name)) {
  return h("button", { type: "button", onclick: (event) => (unfocus(event), run()), ...attributes }, text);
}

function group(label, ...children) {
  return h("fieldset", { class: "kb-group" }, h("legend", {}, t(label)), h("div", { class: "row" }, ...children));
}

function noteGroup() {
  part.band = h("input", { type: "text", id: "kb-band", list: "kb-bands", maxlength: 40, autocomplete: "off", placeholder: t("controls.band_hint"), onchange: () => DO.band(part.band.value) });
  part.bands = h("datalist", { id: "kb-bands" });
  part.efforts = Array.from({ length: 10 }, (_, index) => button(String(index + 1), () => DO.effort(index + 1), { "aria-pressed": "false" }));
  part.noteTitle = h("legend", {});
  part.warmUp = button("controls.warm_up", DO.warmUp, { "aria-pressed": "false", "aria-keyshortcuts": "W" });
  return h(
    "fieldset",
    { class: "kb-group" },
    part.noteTitle,
    h("div", { class: "row" }, part.warmUp, h("label", { class: "kb-field", for: "kb-band" }, h("span", {}, t("controls.band"))), part.band, part.bands),
    h("p", { id: "kb-effort", class: "kb-label" }, t("controls.effort")),
    h("div", { class: "kb-efforts", role: "group", "aria-labelledby": "kb-effort" }, ...part.efforts),
  );
}

function startRow() {
  part.start = button("controls.start", DO.startStop, { class: "primary kb-start", "aria-keyshortcuts": "Space" });
  part.next = button("controls.next_leg", DO.nextLeg, { "aria-keyshortcuts": "L" });
  part.countIn = h("select", { id: "kb-count-in", onchange: () => (keepCountIn(part.countIn.value), refresh()) });
  for (const seconds of COUNT_INS_S) part.countIn.append(h("option", { value: seconds, selected: seconds === countIn() }, t("controls.seconds", { n: seconds })));
  const choose = h("label", { class: "kb-field", for: "kb-count-in" }, h("span", {}, t("controls.count_in")), part.countIn);
  return h("div", { class: "row kb-main" }, part.start, part.next, choose);
}

function legGroup() {
  part.left = button("leg.left", DO.left, { "aria-pressed": "false" });
  part.right = button("leg.right", DO.right, { "aria-pressed": "false" });
  return group("controls.leg", part.left, part.right);
}

function exerciseGroup() {
  part.exercise = h("select", { id: "kb-exercise", onchange: () => DO.exercise(part.exercise.value) });
  const label = h("label", { class: "kb-field", for: "kb-exercise" }, h("span", {}, t("controls.exercise")), part.exercise);
  part.exerciseGroup = h("div", { class: "row" }, label);
  return part.exerciseGroup;
}

function repGroup() {
  part.add = button("controls.add", DO.add, { "aria-keyshortcuts": "+" });
  part.remove = button("controls.delete_last", DO.deleteLast, { "aria-keyshortcuts": "-" });
  part.undo = button("controls.undo", DO.undo, { "aria-keyshortcuts": "Backspace" });
  part.restart = button("controls.restart_set", DO.restart, { "aria-keyshortcuts": "R" });
  return group("controls.reps", part.add, part.remove, part.undo, part.restart);
}

function endDialog() {
  document.getElementById("kb-end")?.remove();
  const sure = h("button", { type: "button", class: "danger", onclick: () => (DO.end(), box.close()) }, t("controls.end_sure"));
  const box = dialog("kb-end", t("controls.end"), t("controls.go_on"), h("p", {}, t("controls.end_text")), sure);
  document.body.append(box);
  return box;
}

function draw() {
  root = place("controls");
  const box = endDialog();
  const title = h("h2", { id: root.getAttribute("aria-labelledby") ?? "kb-controls-title" }, t("controls.title"));
  root.setAttribute("aria-labelledby", title.id);
  part = {};
  part.lanes = h("div", { class: "row" });
  part.lanesGroup = h("fieldset", { class: "kb-group" }, h("legend", {}, t("controls.sensor")), part.lanes);
  part.tools = [startRow(), exerciseGroup(), legGroup(), repGroup(), noteGroup(), tempoGroup(button, toast)];
  part.end = button("controls.end", () => box.showModal());
  root.replaceChildren(title, part.lanesGroup, ...part.tools, h("div", { class: "row kb-last" }, part.end));
  part.toast ??= toastBox();
  refresh();
}

// --- bringing it up to date ---------------------------------------------------------------------------------------

function refresh() {
  if (!root) return;
  root.hidden = !state.mayControl || state.ended;
  document.documentElement.dataset.mayControl = String(state.mayControl);
  if (root.hidden) return;
  const now = lane();
  const set = inSet();
  const off = !usable() || !now;
  for (const each of root.querySelectorAll("button, input, select")) each.disabled = off;
  refreshLanes();
  const stops = running();
  const counting = (now?.countIn ?? null) !== null;
  part.start.textContent = counting ? t("controls.cancel") : stops ? t("controls.stop") : t("controls.start", { n: countIn() });
  part.start.dataset.state = stops ? "stop" : "start";
  for (const leg of ["left", "right"]) part[leg].setAttribute("aria-pressed", String(now?.leg === leg));
  part.add.disabled = off || set < 1;
  part.remove.disabled = off || !shownReps().length;
  part.undo.disabled = off || !canUndo();
  part.restart.disabled = off || !going();
  refreshNote(off);
  refreshTempo();
  refreshExercise();
}

/** Shown as long as it can be chosen; afterwards it stands at the head of the page. */
function refreshExercise() {
  part.exerciseGroup.hidden = !choosable() || state.exercises.length < 2;
  const title = ({ name, title }) => (has(`exercise.${name}`) ? t(`exercise.${name}`) : title);
  const same = part.exercise.children.length === state.exercises.length;
  if (!same) part.exercise.replaceChildren(...state.exercises.map((each) => h("option", { value: each.name }, title(each))));
  part.exercise.value = state.exercise;
}

function refreshLanes() {
  part.lanesGroup.hidden = lanes.size < 2;
  if (lanes.size < 2) return;
  const choose = (number) => () => ((state.chosen = number), refresh());
  const name = (each) => (each.leg ? t(`leg.${each.leg}`) : each.name);
  const buttons = [...lanes].map(([number, each]) => button(name(each), choose(number), { "aria-pressed": String(number === state.chosen) }, name(each)));
  const same = buttons.length === part.lanes.children.length;
  if (!same) return part.lanes.replaceChildren(...buttons);
  buttons.forEach((each, index) => {
    part.lanes.children[index].textContent = each.textContent;
    part.lanes.children[index].setAttribute("aria-pressed", each.getAttribute("aria-pressed"));
  });
}

function refreshNote(off) {
  const set = lane()?.set;
  part.noteTitle.textContent = t("controls.note", { n: noteSet() });
  part.warmUp.setAttribute("aria-pressed", String(Boolean(set?.warm_up)));
  for (const each of [part.warmUp, part.band, ...part.efforts]) each.disabled = off;
  part.efforts.forEach((each, index) => each.setAttribute("aria-pressed", String(set?.note?.effort === index + 1)));
  if (document.activeElement === part.band) return; // somebody is writing
  part.band.value = set?.note?.band ?? "";
  part.bands.replaceChildren(...bands().map((value) => h("option", { value })));
}

function toastBox() {
  document.getElementById("kb-toast")?.remove();
  const words = h("span", {});
  const undo = button("controls.undo", () => (DO.undo(), hideToast()));
  const box = h("div", { id: "kb-toast", role: "status", hidden: true }, words, undo);
  document.body.append(box);
  return { box, words, undo };
}

function toast(text, undoable = true) {
  const { box, words, undo } = part.toast;
  words.textContent = text;
  undo.hidden = !undoable;
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(hideToast, TOAST_MS);
}

function hideToast() {
  part.toast.box.hidden = true;
}

// --- what the server says -----------------------------------------------------------------------------------------

function keepLane(message) {
  const before = lanes.get(message.lane);
  lanes.set(message.lane, {
    ...{ name: message.name, leg: message.leg, set: message.set },
    ...{ countIn: message.now?.count_in ?? null, begun: before?.begun ?? false, closed: message.closed?.length ?? 0 },
  });
}

function keepExercise(message) {
  state.exercise = message.exercise_name ?? "";
  state.exercises = message.exercises ?? state.exercises;
}

const TAKE = {
  snapshot(message) {
    const kept = new Map(lanes);
    for (const each of message.lanes) keepLane(each);
    for (const number of kept.keys()) if (!message.lanes.some((each) => each.lane === number)) lanes.delete(number);
    if (!lanes.has(state.chosen)) state.chosen = lanes.keys().next().value ?? 0;
    Object.assign(state, { target: message.target, mayControl: message.may_control, ended: message.ended });
    keepExercise(message);
  },
  progress(message) {
    const now = lanes.get(message.lane);
    if (!now) return false;
    const countIn = message.count_in ?? null;
    if ((countIn === null) === (now.countIn === null)) return false;
    now.countIn = countIn;
  },
  set(message) {
    const now = lanes.get(message.lane);
    if (now) Object.assign(now, { begun: false, closed: now.closed + 1 });
  },
  settings(message) {
    if (message.target) state.target = message.target;
    for (const each of message.lanes ?? []) if (lanes.has(each.lane)) lanes.get(each.lane).leg = each.leg;
  },
  exercise: keepExercise,
  error: () => (part.toast && hideToast(), undefined), // the page shows it; what was said to be done was not
  ended: () => void (state.ended = true),
};

function hear(event) {
  const message = event.detail;
  if (message.set_now && lanes.has(message.lane)) Object.assign(lanes.get(message.lane), { set: message.set_now, leg: message.set_now.leg });
  const changes = TAKE[message.type] ? TAKE[message.type](message) !== false : Boolean(message.set_now);
  if (changes || message.type === "rep") refresh();
}

const KEYS = [
  { keys: [" "], label: "key.start_stop", run: DO.startStop },
  { keys: ["+", "="], label: "key.add", run: DO.add },
  { keys: ["-", "delete"], label: "key.delete", run: DO.deleteLast },
  { keys: ["backspace"], label: "key.undo", run: DO.undo },
  { keys: ["l"], label: "key.next_leg", run: DO.nextLeg },
  { keys: ["arrowleft"], label: "key.left", run: DO.left },
  { keys: ["arrowright"], label: "key.right", run: DO.right },
  { keys: ["w"], label: "key.warm_up", run: DO.warmUp },
  { keys: ["r"], label: "key.restart_set", run: DO.restart },
  { keys: ["t"], label: "key.tempo", run: focusTempo },
  { keys: ["b"], label: "key.band", run: () => part.band.focus() },
  { keys: ["e"], label: "key.effort", run: () => part.efforts[4].focus() },
  { keys: ["s"], label: "key.other_lane", run: DO.otherLane },
];

function takeState({ connected, mayControl, ended }) {
  Object.assign(state, { connected: Boolean(connected), mayControl: Boolean(mayControl), ended: Boolean(ended) });
  refresh();
}

function begin() {
  drawnBy({ refresh, toast });
  controlledBy(usable);
  bind(KEYS.map((each) => ({ ...each, control: true })));
  draw();
  document.addEventListener("kickback:message", hear);
  document.addEventListener("kickback:state", (event) => takeState(event.detail));
  document.addEventListener("kickback:language", draw);
  const now = window.kickback?.state;
  if (now?.lanes) {
    for (const each of now.lanes) keepLane(each);
    state.target = now.target ?? null;
    keepExercise({ exercise_name: now.exerciseName, exercises: now.exercises });
    state.chosen = lanes.keys().next().value ?? 0;
    takeState(now);
  }
}

ready.then(begin);
