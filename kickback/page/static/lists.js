// The lists of a lane: the reps of the set that is shown, and the finished sets. Each is drawn anew only where it changed.

import { h, known, setText, show } from "/static/dom.js";

/** Whether none of these is another than at the last call with this `drawn`; it is kept there. */
function same(drawn, now) {
  const is = Object.keys(now).every((name) => drawn[name] === now[name]);
  Object.assign(drawn, now);
  return is;
}
function setting({ mayControl, ended }) { return { mayControl, ended, lang: document.documentElement.lang }; }

export class RepList {
  // page: {t, number(value, digits), send, state}
  constructor(root, page, index) {
    this.root = root;
    this.page = page;
    this.index = index;
    this.at = (selector) => root.querySelector(selector);
    this.rows = new Map();
    this.drawn = {};
  }

  draw(set) {
    const { t, state } = this.page;
    const resting = Boolean(set?.resting), reps = set?.reps;
    if (same(this.drawn, { reps, resting, ...setting(state) })) return;
    setText(this.at(".reps-title"), t(resting ? "reps.last_title" : "reps.title"));
    show(this.at(".reps-empty"), !reps?.length);
    show(this.at("table"), Boolean(reps?.length));
    const body = this.at("tbody"), wanted = new Set();
    let before = null; // the latest rep stands on top
    for (const rep of reps || []) {
      const key = `${rep.set}/${rep.rep}`;
      wanted.add(key);
      if (!this.rows.has(key)) this.rows.set(key, h("tr"));
      const row = this.rows.get(key);
      this.row(row, rep);
      if (row.parentNode !== body || row.nextSibling !== before) body.insertBefore(row, before);
      before = row;
    }
    for (const [key, row] of this.rows) if (!wanted.has(key)) { row.remove(); this.rows.delete(key); }
  }

  row(row, rep) {
    const { t, said, number, state } = this.page;
    const print = JSON.stringify([rep, setting(state)]);
    if (row.dataset.print === print) return;
    row.dataset.print = print;
    row.className = rep.deleted ? "deleted" : rep.added ? "added" : "";
    const flags = h("td", { class: "flags" });
    if (rep.deleted) flags.append(h("span", { class: "chip" }, t(`reps.why.${rep.why}`)));
    if (rep.added) flags.append(h("span", { class: "chip" }, t("reps.added")));
    for (const flag of rep.said) flags.append(h("span", { class: "chip warn" }, said(flag)));
    const value = (number_, digits, unit) => h("td", {}, known(number_) ? `${number(number_, digits).replace("-", "−")}${unit}` : "–");
    row.replaceChildren(
      h("th", { scope: "row" }, rep.label), h("td", {}, rep.tempo || "–"),
      value(rep.rom_deg, 0, "°"), value(rep.pulses, 0, ""), value(rep.turn_deg, 0, "°"), flags, this.remover(rep),
    );
  }

  remover(rep) {
    const { t, send, state } = this.page;
    const cell = h("td", { class: "for-control" });
    if (!state.mayControl || state.ended || rep.deleted) return cell;
    const onclick = () => send({ do: "delete_rep", lane: this.index, set: rep.set, rep: rep.rep });
    cell.append(h("button", { type: "button", class: "small", "aria-label": t("reps.delete", { n: rep.label }), onclick }, "×"));
    return cell;
  }
}

export class SetList {
  constructor(root, page) {
    this.page = page;
    this.at = (selector) => root.querySelector(selector);
    this.drawn = {};
  }

  draw(closed) {
    if (same(this.drawn, { closed, ...setting(this.page.state) })) return;
    show(this.at(".sets-empty"), closed.length === 0);
    this.at(".sets-list").replaceChildren(...[...closed].reverse().map((set) => this.item(set)));
  }

  item(set) {
    const { t, said, number } = this.page;
    const count = t(set.shown === 1 ? "sets.one_rep" : "sets.reps", { n: set.shown });
    const measured = set.shown === set.count ? "" : ` (${t("set.measured", { n: set.count })})`;
    const facts = set.leg ? [t(`leg.${set.leg}`)] : [];
    if (set.leg_measured && set.leg_measured !== set.leg) facts.push(t("set.measured", { n: t(`leg.${set.leg_measured}`) }));
    if (set.warm_up) facts.push(t("set.warm_up"));
    if (set.mean_tempo) facts.push(t("sets.tempo", { code: set.mean_tempo }));
    if (known(set.rom_deg)) facts.push(t("sets.rom", { deg: number(set.rom_deg, 0) }));
    if (set.note?.band) facts.push(t("sets.band", { band: set.note.band }));
    if (known(set.note?.effort)) facts.push(t("sets.effort", { n: number(set.note.effort, 1, 0) }));
    const { quality, said: sentence } = set.calibration || {};
    const calibrated = known(quality) ? [`${t("sets.calibration", { percent: number(100 * quality, 0) })}: ${said(sentence)}`] : [];
    return h("li", { class: set.warm_up ? "warm" : "" },
      h("p", { class: "set-head" }, h("b", {}, `${t("set.n", { n: set.set })}: ${count}${measured}`)),
      h("p", {}, facts.join(" · ")),
      ...[...calibrated, ...set.said.map(said)].map((line) => h("p", { class: "hint" }, line)));
  }
}
