// What is to be heard: the server's cues as words or tones, at once and by urgency, and the tempo as ticks.
// `window.kickback.soundLog` tells of each cue when it arrived and when its sound began (performance.now(), ms).

import { dialog, h, place, unfocus } from "./dom.js";
import { bind, showKeys } from "./keys.js";
import { LANGUAGES, has, language, ready, recall, remember, setLanguage, t } from "./texts.js";
import { Ticks } from "./ticks.js";
import { CUES, Tones } from "./tones.js";
import { Voice } from "./voice.js";

const URGENCY = { hips: 3, count: 2 }; // all others 1
const WAITS_MS = { count: 2500, slower: 2500, set_done: 4000, lost: 4000, back: 4000 }; // still true so long after
const CUT_MS = 400; // a word that was cut off within this was not understood
const ASIDE = 0.4; // loudness of a tone beside a more urgent word
const STAND_IN_MS = 90; // a voice that has not begun by then: a tone says it in time
const SWITCHES = {
  ticks: [],
  count: ["count", "unconfirmed", "count_in", "go"],
  hold: ["hold", "down"],
  slower: ["slower"],
  hips: ["hips"],
  set_done: ["set_done"],
  link: ["lost", "back"],
};
const STORED = "kickback.sound";
const STANDARD = { on: false, words: true, volume: 80, off: [] };
const LONGEST_LOG = 1000;

const settings = { ...STANDARD, ...kept() };
const tones = new Tones();
const voice = new Voice();
const ticks = new Ticks(tones, tickGain);
const lanes = new Map();
const log = ((window.kickback ??= {}).soundLog = []);
let now = { entry: null, urgency: 0, until: 0, stop() {} }; // what sounds
let waiting = [];
let bar = null;

function kept() {
  try {
    const value = JSON.parse(recall(STORED) ?? "{}");
    return value !== null && typeof value === "object" ? value : {};
  } catch {
    return {}; // written by something else
  }
}

function keep() {
  remember(STORED, JSON.stringify(settings));
  tones.volume = settings.volume / 100;
  voice.volume = settings.volume / 100;
  if (bar) drawBar();
}

/** Whether sound is wanted and the browser lets it out. */
function audible() {
  return settings.on && tones.running;
}

function wanted(cue) {
  const name = Object.keys(SWITCHES).find((each) => SWITCHES[each].includes(cue));
  return !name || !settings.off.includes(name);
}

function tickGain() {
  if (!audible() || settings.off.includes("ticks")) return 0;
  if (!busy()) return 0.7;
  return now.urgency >= URGENCY.hips ? 0 : 0.3; // under a word they step back
}

function busy() {
  return performance.now() < now.until;
}

// --- cues ---------------------------------------------------------------------------------------------------------

function take(message) {
  const entry = { cue: message.cue, lane: message.lane, number: message.number ?? null, arrived: performance.now() };
  Object.assign(entry, { started: null, ms: null, by: null, why: "" });
  log.push(entry);
  if (log.length > LONGEST_LOG) log.splice(0, LONGEST_LOG / 2);
  offer(entry);
}

/** Let a cue sound now, or say in its log entry why not. */
function offer(entry) {
  if (!settings.on) entry.why = "muted";
  else if (!wanted(entry.cue)) entry.why = "off";
  else if (!tones.running) entry.why = "locked";
  else if (busy() && urgency(entry.cue) < now.urgency) hold(entry);
  else start(entry);
}

function urgency(cue) {
  return URGENCY[cue] ?? 1;
}

/** No word over a more urgent one: a soft tone now (none beside an alarm), and the word later where that still helps. */
function hold(entry) {
  entry.why = "urgent";
  wait(entry);
  if (now.urgency >= URGENCY.hips) return;
  const sound = tones.play(CUES[entry.cue] ?? CUES.unconfirmed, { pan: side(entry.lane), gain: ASIDE });
  began(entry, "tone", sound.heard);
}

/** To be said later, in the order of arrival; of the same cue only the latest. */
function wait(entry) {
  if (!(entry.cue in WAITS_MS)) return;
  waiting = [...waiting.filter((each) => each.cue !== entry.cue), entry].sort((a, b) => a.arrived - b.arrived);
}

function start(entry) {
  if (busy()) cutOff(now.entry);
  now.stop();
  voice.cancel();
  entry.why = "";
  if (speaks(entry)) speak(entry);
  else sing(entry);
}

function cutOff(entry) {
  if (performance.now() - entry.arrived > CUT_MS) return;
  if (entry.started > performance.now()) Object.assign(entry, { started: null, ms: null, by: null });
  entry.why = "cut";
  wait(entry);
}

function speaks(entry) {
  return settings.words && has(`say.${entry.cue}`) && voice.can(language());
}

function sing(entry) {
  const sound = tones.play(CUES[entry.cue] ?? CUES.unconfirmed, { pan: side(entry.lane) });
  began(entry, "tone", sound.heard);
  now = { entry, urgency: urgency(entry.cue), until: sound.end, stop: sound.stop };
  setTimeout(next, Math.max(sound.end - performance.now(), 0) + 1);
}

/** The word; with a tone before it where it is an alarm, and instead of it until the voice has begun. */
function speak(entry) {
  let tone = { stop() {} };
  const ring = () => {
    tone = tones.play(CUES[entry.cue] ?? CUES.unconfirmed, { pan: side(entry.lane), gain: 0.6 });
    began(entry, "tone", tone.heard);
  };
  const timer = entry.cue === "hips" ? (ring(), 0) : setTimeout(ring, STAND_IN_MS);
  const mine = { entry, urgency: urgency(entry.cue), until: Infinity };
  mine.stop = () => {
    clearTimeout(timer);
    tone.stop();
    mine.until = 0;
  };
  now = mine;
  const begun = () => {
    clearTimeout(timer);
    began(entry, "voice", performance.now());
  };
  const ended = () => {
    mine.until = 0;
    if (entry.started === null && now === mine) sing(entry);
    else next();
  };
  voice.say(spoken(entry), language(), begun, ended);
}

function began(entry, by, at) {
  if (entry.started !== null) return;
  Object.assign(entry, { by, started: at, ms: at - entry.arrived });
}

/** What had to wait, if it is still worth saying. */
function next() {
  while (waiting.length && !busy()) { // what sounds calls again at its end
    const entry = waiting.shift();
    const heard = entry.started !== null && !speaks(entry); // a tone says it once
    if (!heard && performance.now() - entry.arrived < WAITS_MS[entry.cue]) offer(entry);
  }
}

function spoken(entry) {
  const n = entry.number;
  const key = n !== null && has(`say.${entry.cue}.n`) ? `say.${entry.cue}.n` : `say.${entry.cue}`;
  const text = t(key, { n: n ?? "" });
  const leg = lanes.size > 1 ? lanes.get(entry.lane)?.leg : null;
  return leg && ["hips", "lost", "back"].includes(entry.cue) ? `${t(`leg.${leg}`)}: ${text}` : text;
}

/** Two sensors are heard from two sides. */
function side(number) {
  if (lanes.size < 2) return 0;
  const leg = lanes.get(number)?.leg;
  return leg === "left" ? -0.6 : leg === "right" ? 0.6 : 0;
}

// --- what the server says -----------------------------------------------------------------------------------------

const HEARD = {
  snapshot(message) {
    lanes.clear();
    for (const lane of message.lanes) lanes.set(lane.lane, { leg: lane.leg });
  },
  settings(message) {
    for (const lane of message.lanes ?? []) if (lanes.has(lane.lane)) lanes.get(lane.lane).leg = lane.leg;
  },
  progress(message) {
    ticks.take(message, message.active, side(message.lane));
  },
  cue(message) {
    take(message);
    if (message.cue === "lost") ticks.silence(message.lane);
  },
  ended() {
    for (const number of lanes.keys()) ticks.silence(number);
  },
};

function hear(event) {
  const { lane, set_now: now_set } = event.detail;
  if (now_set && lanes.has(lane)) lanes.get(lane).leg = now_set.leg;
  HEARD[event.detail.type]?.(event.detail);
}

// --- the bar with the one button, and the settings ----------------------------------------------------------------

async function toggle() {
  const on = !audible();
  settings.on = on;
  if (on) {
    voice.unlock();
    await tones.unlock();
    if (tones.running) tones.play(CUES.back);
  } else {
    now.stop();
    voice.cancel();
    waiting = [];
    for (const number of lanes.keys()) ticks.silence(number);
  }
  keep();
}

/** Sound that was on last time begins with the first touch of anything. */
function firstTouch(event) {
  if (!settings.on || tones.running || event.target.closest?.("#kb-sound-on")) return;
  if (event.type === "keydown" && event.key.toLowerCase() === "m") return; // the key for the sound does it itself
  voice.unlock();
  tones.unlock().then(drawBar);
}

function drawBar() {
  const button = bar.querySelector("#kb-sound-on");
  const state = audible() ? "on" : settings.on ? "tap" : "off";
  button.textContent = t(`sound.${state}`);
  button.dataset.state = state;
  button.setAttribute("aria-pressed", String(state === "on"));
}

function draw() {
  bar = place("sound");
  const title = h("h2", { id: bar.getAttribute("aria-labelledby") ?? "kb-sound-title" }, t("sound.title"));
  bar.setAttribute("aria-labelledby", title.id);
  const box = settingsDialog();
  const button = (text, run, more = {}) => h("button", { type: "button", onclick: (event) => (unfocus(event), run()), ...more }, text);
  bar.replaceChildren(
    title,
    button("", toggle, { id: "kb-sound-on", "aria-keyshortcuts": "M" }),
    button(t("sound.settings"), () => box.showModal()),
    button(t("keys.show"), showKeys, { class: "kb-has-keyboard", "aria-keyshortcuts": "?" }),
  );
  drawBar();
}

/** Made anew with the language; open again where it was open. */
function settingsDialog() {
  const before = document.getElementById("kb-sound-settings");
  const box = dialog("kb-sound-settings", t("sound.settings"), t("close"), ...choices());
  document.body.append(box);
  if (before?.open) {
    box.showModal();
    box.querySelector("select").focus();
  }
  before?.remove();
  return box;
}

function choices() {
  const check = (text, on, set) => {
    const input = h("input", { type: "checkbox", checked: on, onchange: () => (set(input.checked), keep()) });
    return h("label", { class: "kb-check" }, input, h("span", {}, text));
  };
  const part = (name) =>
    check(t(`sound.part.${name}`), !settings.off.includes(name), (on) => {
      settings.off = on ? settings.off.filter((each) => each !== name) : [...settings.off, name];
    });
  const volume = h("input", { type: "range", min: 0, max: 100, step: 5, value: settings.volume });
  volume.addEventListener("input", () => ((settings.volume = Number(volume.value)), keep()));
  const menu = h("select", { onchange: () => setLanguage(menu.value) });
  for (const [code, name] of Object.entries(LANGUAGES)) menu.append(h("option", { value: code, lang: code, selected: code === language() }, name));
  const words = check(t("sound.words"), settings.words, (on) => (settings.words = on));
  const none = voice.can(language()) ? null : h("p", { class: "kb-hint" }, t("sound.no_voice"));
  return [
    h("label", { class: "kb-field" }, h("span", {}, t("sound.language")), menu),
    h("label", { class: "kb-field" }, h("span", {}, t("sound.volume")), volume),
    ...[words, none].filter(Boolean),
    h("fieldset", { class: "kb-checks" }, h("legend", {}, t("sound.parts")), ...Object.keys(SWITCHES).map(part)),
    h("button", { type: "button", class: "kb-button", onclick: tryIt }, t("sound.try")),
  ];
}

async function tryIt() {
  if (!audible()) await toggle();
  take({ cue: "count", lane: 0, number: 3 });
}

function begin() {
  keep();
  draw();
  bind([{ keys: ["m"], label: "key.mute", run: toggle }]);
  document.addEventListener("kickback:message", hear);
  document.addEventListener("kickback:language", draw);
  for (const kind of ["pointerup", "keydown"]) document.addEventListener(kind, firstTouch, { capture: true });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && settings.on && bar) tones.unlock().then(drawBar); // a phone call or a lock may have stopped it
  });
  if (window.kickback.state?.lanes) HEARD.snapshot(window.kickback.state);
}

ready.then(begin);
