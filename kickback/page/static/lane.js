// One sensor on the page: count, phase, ring, tempo bar, strip chart, the sensor's own line. It draws what the state holds.

import { h, known, setText, show } from "/static/dom.js";
import { RepList, SetList } from "/static/lists.js";
import { Strip } from "/static/strip.js";

// The order in which a rep runs, and the name of each phase's target.
const BAR = [
  ["concentric", "concentric", "concentric_s"],
  ["hold", "hold", "hold_s"],
  ["eccentric", "eccentric", "eccentric_s"],
  ["rest", "pause", "pause_s"],
];
const BIG_WARNINGS = ["hip_rotation"];
const AWAY = ["lost", "gone"]; // what LINK's key is while the sensor is not there
const NEWS = { "catching up": "hint", back: "good" }; // keys of what stands large for a moment, and as what

/** Whether what was last told of the movement is old: the sensor is lost, or the page has lost its session. */
export function isOld(lane, { connected, ended }) { return !ended && (!connected || AWAY.includes(lane.link?.key)); }

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export class LaneView {
  // page: {t, number(value, digits), send, state}
  constructor(template, page, index) {
    this.page = page;
    this.index = index;
    this.root = template.content.cloneNode(true).querySelector(".lane");
    this.at = (selector) => this.root.querySelector(selector);
    this.hero = this.at(".hero");
    this.digits = this.at(".digits");
    this.count = this.at(".count");
    this.drawn = {};
    this.name(".hero", ".leg", "leg");
    this.name(".reps", ".reps-title", "reps");
    this.at(".reps .scroll").setAttribute("aria-labelledby", `reps-${index}`);
    this.name(".sets", ".sets > h2", "sets");
    this.reps = new RepList(this.at(".reps"), page, index);
    this.sets = new SetList(this.at(".sets"), page);
    this.segments = BAR.map(([phase]) => this.segment(phase));
    this.at(".bar").append(...this.segments.map((each) => each.item));
    this.reached = {};
  }

  name(section, heading, word) {
    this.at(heading).id = `${word}-${this.index}`;
    const leg = word === "leg" ? "" : `leg-${this.index} `; // two lanes have the same headings
    this.at(section).setAttribute("aria-labelledby", `${leg}${word}-${this.index}`);
  }

  // After it is in the document: the strip chart measures itself.
  attach() {
    this.strip = new Strip(this.at(".strip"));
    new ResizeObserver(() => this.fit(true)).observe(this.count);
  }

  restyle() { this.strip.restyle(); this.strip.draw(); }

  segment(phase) {
    const item = h("li", { class: `segment ${phase}` });
    const fill = h("span", { class: "fill" });
    const name = h("span", { class: "segment-name" });
    const time = h("span", { class: "segment-time" });
    const target = h("span", { class: "segment-target" });
    item.append(fill, name, time, target);
    return { item, fill, name, time, target };
  }

  draw(lane) {
    const { t, state } = this.page;
    const old = isOld(lane, state);
    this.hero.classList.toggle("old", old);
    this.head(lane);
    this.number(lane);
    this.phase(lane);
    this.word(lane);
    this.sensor(lane.link);
    this.strip.words = { now: t("strip.now"), seconds: (n) => t("strip.seconds", { n }) };
    this.strip.show(lane.trail, lane.now?.full_deg, old);
    this.reps.draw(lane.set);
    this.sets.draw(lane.closed);
  }

  head(lane) {
    const { t, state } = this.page;
    const several = state.lanes.length > 1 && !lane.leg ? ` · ${lane.name}` : "";
    setText(this.at(".leg"), t(`leg.${lane.leg || "none"}`) + several);
    setText(this.at(".set"), lane.set?.set ? t("set.n", { n: lane.set.set }) : t("set.none"));
    show(this.at(".warm-up"), Boolean(lane.set?.warm_up));
    const resting = known(lane.now?.rest_s) && !state.ended;
    show(this.at(".clock"), resting);
    if (resting) setText(this.at(".clock"), t("set.rest", { time: clock(lane.now.rest_s) }));
  }

  number(lane) {
    const { t } = this.page;
    const set = this.page.state.ended ? { ...lane.set, number: lane.set?.shown, unconfirmed: false } : lane.set || {}; // none can come any more
    const countIn = this.countIn(lane), counting = countIn !== null;
    setText(this.digits, counting ? countIn : set.number ?? 0);
    const corrected = !counting && !set.unconfirmed && known(set.shown) && set.shown !== set.count;
    const unit = t(counting ? "set.count_in" : set.number === 1 ? "set.one_rep" : "set.reps_label");
    setText(this.at(".unit"), corrected ? `${unit} · ${t("set.measured", { n: set.count })}` : unit);
    this.hero.classList.toggle("counting-in", counting);
    this.hero.classList.toggle("unconfirmed", Boolean(set.unconfirmed) && !counting);
    this.hero.classList.toggle("resting", Boolean(set.resting));
    this.hero.classList.toggle("ended", this.page.state.ended);
    this.fit(false);
  }

  // The seconds that are left of a count-in, or null.
  countIn(lane) { return this.page.state.ended ? null : lane.now?.count_in ?? null; }

  // Narrow the digits where they would not fit; their height stays.
  fit(resized) {
    const length = this.digits.textContent.length;
    if (!resized && length === this.drawn.length) return;
    this.drawn.length = length;
    const room = this.count.clientWidth, need = this.digits.offsetWidth;
    this.digits.style.setProperty("--narrow", need > room && room > 0 ? (room / need).toFixed(3) : "1");
  }

  phase(lane) {
    const { t, number, state } = this.page;
    const now = lane.now, set = lane.set || {};
    show(this.at(".now"), !state.ended);
    const active = Boolean(now?.active) && !state.ended; // else a phase means nothing
    const phase = active ? now.phase : "rest";
    const idle = this.countIn(lane) !== null ? "phase.count_in" : set.resting ? "phase.resting" : "phase.rest";
    setText(this.at(".phase"), t(!active ? idle : phase === "rest" ? "tempo.pause" : `phase.${phase}`));
    this.hero.dataset.phase = phase;
    this.bar(now, phase, active);
    const holdTarget = state.target?.hold_s;
    const holding = phase === "hold";
    this.at(".ring").classList.toggle("on", holding);
    this.ring(holding ? now.phase_s : null, holding && known(now.target_s) ? now.target_s : holdTarget, number, t);
  }

  ring(seconds, target, number, t) {
    const full = known(seconds) ? (target > 0 ? Math.min(seconds / target, 1) : 1) : 0;
    this.at(".ring").style.setProperty("--fill", full.toFixed(3));
    setText(this.at(".ring-seconds"), known(seconds) ? number(seconds, 1) : known(target) ? number(target, 1, 0) : "–");
    setText(this.at(".ring-of"), known(seconds) && known(target) ? t("ring.of", { n: number(target, 1, 0) }) : t("ring.target"));
    this.at(".ring").setAttribute("aria-label", `${t("ring.label")} ${this.at(".ring-seconds").textContent} ${this.at(".ring-of").textContent}`);
  }

  bar(now, phase, active) {
    const { t, number, state } = this.page;
    const target = state.target || {};
    if (phase === "concentric" && this.drawn.phase !== "concentric") this.reached = {};
    if (!active) this.reached = {};
    this.drawn.phase = phase;
    if (active && now) this.reached[phase] = now.phase_s;
    setText(this.at(".tempo-code"), target.code ? t("tempo.target", { code: target.code }) : "");
    BAR.forEach(([name, word, targetName], at) => {
      const { item, fill, name: label, time, target: goal } = this.segments[at];
      const aim = target[targetName];
      const spent = this.reached[name];
      const current = active && name === phase;
      item.classList.toggle("current", current);
      item.classList.toggle("over", known(spent) && known(aim) && spent > aim);
      item.style.setProperty("--share", String(aim || 0));
      fill.style.setProperty("--fill", known(spent) && aim > 0 ? Math.min(spent / aim, 1).toFixed(3) : known(spent) ? "1" : "0");
      setText(label, t(`tempo.${word}`));
      setText(time, known(spent) ? number(spent, 1) : "");
      setText(goal, known(aim) ? t("tempo.seconds", { n: number(aim, 1, 0) }) : "–");
    });
  }

  word(lane) {
    const { t } = this.page;
    const { state } = this.page;
    const nothing = state.ended || (state.connected && this.countIn(lane) !== null && !lane.warning && lane.link?.level !== "bad");
    const { kind, big, small } = nothing ? { kind: "none", big: "", small: "" } : this.words(lane, t);
    const word = this.at(".word");
    if (word.dataset.kind !== kind) word.dataset.kind = kind;
    if (this.hero.classList.contains("alarm") !== (kind === "alarm")) {
      this.hero.classList.toggle("alarm", kind === "alarm");
      this.strip.restyle(); // its colours are the hero's
    }
    setText(this.at(".word-big"), big);
    setText(this.at(".word-small"), small);
  }

  words({ warning, link, set, rejected }, t) {
    // Before all: without the session or the sensor, what was last advised is old.
    if (!this.page.state.connected) return { kind: "bad", big: t("page.cut"), small: t("page.cut_kept") };
    if (link?.key === "disk") return { kind: "bad", big: t("link.not_recorded"), small: this.reason(link) };
    if (link?.level === "bad") return { kind: "bad", big: `${t("link.title")}: ${t(`link.${link.state}`)}`, small: this.lines(link)[0] };
    if (warning) {
      const kind = BIG_WARNINGS.includes(warning.kind) ? "alarm" : "caution";
      return { kind, big: t(`warning.${warning.kind}`), small: this.facts(warning) };
    }
    if (link?.key in NEWS) return { kind: NEWS[link.key], big: link.key === "back" ? t("say.back") : "", small: this.lines(link)[0] };
    if (set?.unconfirmed) return { kind: "hint", big: "", small: t("set.unconfirmed") };
    if (rejected) return { kind: "hint", big: "", small: t("reps.rejected", { reason: t(`reps.reason.${rejected.reason}`) }) };
    if (!set?.shown && !set?.resting) return { kind: "hint", big: "", small: t("set.begin") };
    return { kind: "none", big: "", small: "" };
  }

  // What the server says of the link, a line each, the weightiest first.
  lines(link) { return link.said.map(this.page.said); }

  // Why it is as it is, without the words that stand large above it.
  reason({ said: [first] }) {
    const { why } = first.values;
    return this.page.said(typeof why === "object" ? why : first);
  }

  // The figures in the page's language; the server's own words where it gives none.
  facts({ kind, said, rep, value, target }) {
    if (!known(value) || (kind === "rushed" && !known(target))) return this.page.said(said);
    const { t, number } = this.page;
    const digits = kind === "rushed" ? 1 : 0;
    return t(`warning.${kind}.facts`, { rep, value: number(value, digits), target: known(target) ? number(target, 1, 0) : "" });
  }

  sensor(link) {
    const { t, state } = this.page;
    const box = this.at(".sensor");
    show(box, !state.ended);
    box.dataset.level = !state.connected ? "unknown" : link ? link.level : "none";
    setText(this.at(".sensor-line"), state.connected ? this.figures(link).join(" · ") : t("link.unknown"));
    const lines = state.connected && link && link.level !== "bad" ? this.lines(link) : []; // what is bad stands large
    const large = this.at(".word-small").textContent; // what stands there is not said twice
    const text = lines.filter((line) => line !== large).join("\n");
    show(this.at(".sensor-text"), Boolean(text));
    setText(this.at(".sensor-text"), text);
  }

  // The sensor's state and figures; of one that is away, nothing that only held while it was there.
  figures(link) {
    const { t, number } = this.page;
    if (!link) return [t("link.none")];
    const figures = [t(`link.${link.state}`)];
    if (link.signal && !AWAY.includes(link.key)) figures.push(t("link.signal", { word: t(`link.signal.${link.signal}`) }));
    if (known(link.battery_percent)) figures.push(t("link.battery", { n: link.battery_percent }));
    if (link.old && known(link.age_s)) figures.push(t("link.age", { n: number(link.age_s, 0) }));
    if (link.lost_s >= 0.05) figures.push(t("link.missing", { n: number(link.lost_s, 1) }));
    if (link.backfilled_s >= 0.05) figures.push(t("link.backfilled", { n: number(link.backfilled_s, 1) }));
    return figures;
  }
}
