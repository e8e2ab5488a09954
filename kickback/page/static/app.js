// The page: speaks to the session, keeps what it says, draws it. controls.js and sound.js use window.kickback.

import { isOld, LaneView } from "/static/lane.js";
import { emptyState, reduce } from "/static/state.js";
import { has, language, ready as textsReady, said, t, translate } from "/static/texts.js";

const FIRST_WAIT_MS = 300, LONGEST_WAIT_MS = 5000;
const ERROR_SHOWN_MS = 8000;
const HIDDEN_TOO_LONG_MS = 10000; // a phone that slept so long may hold a dead connection: ask anew
// Why the server ends a connection (RFC 6455, 7.4.1); after any other code, too, the page comes back by itself.
const OVER = 1001; // the session has ended
const NOT_LET_IN = 1008; // the address holds no valid token, or not any longer
const COME_BACK = 1013; // too slow, or too many: later
const COME_BACK_MS = 2000;

const $ = (id) => document.getElementById(id);
const state = emptyState();
const token = new URLSearchParams(location.search).get("token");
let socket = null, waitMs = FIRST_WAIT_MS, retry = 0, refused = false, wasConnected = false, error = null;
let views = [], dirty = new Set(), frameAsked = false, hiddenAt = 0, errorTimer = 0, wakeLock = null;

function number(value, digits, least = digits) {
  return new Intl.NumberFormat(language(), { minimumFractionDigits: least, maximumFractionDigits: digits }).format(value);
}
function tell(name, detail) { document.dispatchEvent(new CustomEvent(name, { detail })); }

// --- the connection ------------------------------------------------------------------------------------------------

function send(command) {
  if (socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(command));
  return true;
}
function connect() {
  clearTimeout(retry);
  if (socket || refused) return;
  const address = new URL("/ws", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  if (token) address.searchParams.set("token", token);
  const mine = socket = new WebSocket(address);
  mine.addEventListener("message", (event) => { if (mine === socket) take(JSON.parse(event.data)); });
  mine.addEventListener("close", (event) => { if (mine === socket) gone(event.code); });
}
function gone(code) {
  socket = null;
  refused = code === NOT_LET_IN && !state.ended;
  if (code === OVER) state.ended = true;
  if (code === COME_BACK) waitMs = Math.max(waitMs, COME_BACK_MS);
  setConnected(false);
  if (state.ended) keepAwake();
  if (refused || state.ended) return;
  retry = setTimeout(connect, waitMs * (0.75 + Math.random() / 2));
  waitMs = Math.min(waitMs * 1.7, LONGEST_WAIT_MS);
}
function again() { // at once: the page is looked at again, or the network is back
  if (refused || state.ended) return;
  waitMs = FIRST_WAIT_MS;
  const old = socket;
  socket = null;
  old?.close();
  connect();
}
function setConnected(on) {
  if (on === state.connected && !refused) return;
  state.connected = on;
  if (on) {
    if (wasConnected) say(t("page.connection_back"));
    wasConnected = true;
    waitMs = FIRST_WAIT_MS;
  } else if (wasConnected && !state.ended) shout(t(refused ? "page.refused" : "page.connection_lost"));
  told();
  redraw();
}
function told() { tell("kickback:state", { connected: state.connected, mayControl: state.mayControl, ended: state.ended }); }

// --- messages ------------------------------------------------------------------------------------------------------

function take(message) {
  const before = state.lanes.map((lane) => lane.set?.shown);
  const lanes = reduce(state, message);
  if (message.type === "snapshot") { kickback.last = message; build(); setConnected(true); told(); }
  if (message.type === "ended") { told(); say(ending()); keepAwake(); }
  if (message.type === "error") showError(message.said);
  announce(message, before);
  tell("kickback:message", message);
  if (lanes === "all") redraw();
  else for (const lane of lanes) { dirty.add(lane); ask(); }
}
function announce(message, before) {
  const lane = state.lanes[message.lane];
  if (!lane) return;
  const who = state.lanes.length > 1 ? `${lane.leg ? t(`leg.${lane.leg}`) : lane.name}: ` : "";
  const shown = lane.set?.shown;
  if (message.type === "set") say(who + t("live.set_done", { set: message.set.set, n: message.set.shown }));
  else if (message.type === "warning" && message.warning) shout(`${who}${t(`warning.${message.warning.kind}`)} ${said(message.warning.said)}`);
  else if (message.type === "link" && message.link?.level === "bad") shout(who + message.link.said.map(said).join(" "));
  else if (message.type === "link" && message.link?.key === "back") say(who + said(message.link.said[0]));
  else if (shown !== before[message.lane] && shown > 0 && !lane.set.resting) say(who + t("live.count", { n: shown }));
}
function say(text) { if ($("say").textContent !== text) $("say").textContent = text; }
function shout(text) { if ($("shout").textContent !== text) $("shout").textContent = text; }
function ending() { return [t("page.ended"), ...state.endSaid.map(said)].join(" "); }
function showError(what) {
  error = what;
  clearTimeout(errorTimer);
  if (what) { shout(said(what)); errorTimer = setTimeout(() => showError(null), ERROR_SHOWN_MS); }
  redraw();
}

// --- drawing -------------------------------------------------------------------------------------------------------

function build() {
  const names = JSON.stringify(state.lanes.map((lane) => lane.name));
  if ($("lanes").dataset.names === names) return;
  $("lanes").dataset.names = names;
  views = state.lanes.map((_, index) => new LaneView($("lane-template"), page, index));
  $("lanes").replaceChildren(...views.map((view) => view.root));
  $("page").dataset.lanes = String(views.length);
  for (const view of views) { translate(view.root); view.attach(); }
}
function redraw() { views.forEach((_, index) => dirty.add(index)); dirty.add("page"); ask(); }
function ask() {
  if (frameAsked) return;
  frameAsked = true;
  requestAnimationFrame(drawFrame);
}
function drawFrame() {
  frameAsked = false;
  const now = dirty;
  dirty = new Set();
  if (now.has("page")) drawPage();
  for (const index of now) if (index !== "page" && state.lanes[index]) views[index]?.draw(state.lanes[index]);
  const alarm = !state.ended && state.lanes.some((lane) => lane.warning?.kind === "hip_rotation" && !isOld(lane, state));
  if ($("frame").hidden === alarm) $("frame").hidden = !alarm;
}
function drawPage() {
  const banners = state.banners.map(said), print = JSON.stringify(banners);
  if ($("banners").dataset.print !== print) {
    $("banners").dataset.print = print;
    $("banners").replaceChildren(...banners.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
    $("banners").hidden = state.banners.length === 0;
  }
  const exercise = `exercise.${state.exerciseName}`;
  $("exercise").textContent = has(exercise) ? t(exercise) : state.exercise;
  $("onlooker").hidden = state.mayControl || !state.connected;
  $("history").hidden = !state.history || state.ended || !state.connected; // nobody would answer
  $("waiting").hidden = views.length > 0;
  $("waiting").textContent = t(state.connected ? "page.waiting" : "page.connecting");
  document.body.classList.toggle("stale", views.length > 0 && !state.connected && !state.ended);
  document.body.classList.toggle("may-control", state.mayControl);
  drawMessage();
  $("awake").textContent = state.ended || !views.length ? "" : t(wakeLock && !wakeLock.released ? "page.awake" : "page.may_sleep");
}
/** Their folder once, and their names; whole paths where they lie in several folders. */
function whereFilesLie() {
  const cut = state.files.map((file) => Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")));
  const folders = new Set(state.files.map((file, index) => file.slice(0, Math.max(cut[index], 0))));
  const [folder] = folders;
  if (folders.size > 1 || !folder) return t("page.files", { files: state.files.join(", ") });
  const names = state.files.map((file, index) => file.slice(cut[index] + 1));
  return t("page.files_in", { folder, files: names.join(", ") });
}
function drawMessage() {
  const files = state.files.length ? ` ${whereFilesLie()}` : "";
  const [text, kind] = refused ? [t("page.refused"), "bad"]
    : state.ended ? [`${ending()}${files}${state.history ? ` ${t("page.history_later")}` : ""}`, "done"]
    : wasConnected && !state.connected ? [t("page.connection_lost"), "bad"]
    : [error ? said(error) : "", "error"];
  $("message").hidden = !text;
  $("message").dataset.kind = kind;
  $("message-close").hidden = kind !== "error";
  if ($("message-text").textContent !== text) $("message-text").textContent = text;
}

// --- the screen kept awake -----------------------------------------------------------------------------------------

async function keepAwake() { // browsers give it to secure pages only, and take it back when the page is hidden
  if (state.ended) { await wakeLock?.release(); wakeLock = null; redraw(); return; }
  if (document.visibilityState !== "visible" || (wakeLock && !wakeLock.released)) return;
  try {
    wakeLock = await navigator.wakeLock.request("screen");
    wakeLock.addEventListener("release", redraw);
  } catch { wakeLock = null; /* not allowed here: the foot of the page says so */ }
  redraw();
}

// --- begin ---------------------------------------------------------------------------------------------------------

const page = { t, said, number, send, state };
const kickback = Object.assign((window.kickback ??= {}), { send, state, last: null });

$("message-close").addEventListener("click", () => showError(null));
if (token) $("history").href = `/history?token=${encodeURIComponent(token)}`;
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") { hiddenAt = performance.now(); return; }
  keepAwake();
  if (!socket || performance.now() - hiddenAt > HIDDEN_TOO_LONG_MS) again();
});
window.addEventListener("online", again);
window.addEventListener("pagehide", () => socket?.close());
window.addEventListener("pageshow", (event) => { if (event.persisted) again(); });
document.addEventListener("pointerdown", keepAwake);
for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
  matchMedia(query).addEventListener("change", () => { for (const view of views) view.restyle(); });
}

document.addEventListener("kickback:language", redraw);

kickback.ready = textsReady.catch(() => undefined).then(() => {
  connect();
  keepAwake();
  tell("kickback:ready", {});
});
