// The history page: draws what /history.json says. It chooses what to show; every figure comes from the server.

import { chart } from "./history_chart.js";
import { SIDES, UNKNOWN, day, dayCell, legHead, legName, locale, make, number, section, span, speak, t, table, titleOf } from "./history_parts.js";
import { ready } from "./texts.js";

const chosen = { person: null, simulated: false, exercise: null, measure: "rom_deg" };
let data = { first: null, histories: [] };

// --- weeks -------------------------------------------------------------------------------------------------------

function verdict(word) {
  return make("span", `is ${word}`, t(`is.${word}`));
}

/** One line of a card: what, how much, and how it stands to the aim. */
function aimLine(name, aim, big, after, each) {
  const line = make("div", "", make("dt", "", t(`${name}`, { aim: span(aim) })), make("dd", "", make("b", "", big), after));
  if (each) line.append(make("dd", "each", each));
  return line;
}

function weekCard(leg, week, aim) {
  const { sessions, sets, reps } = week.legs[leg];
  const share = (numbers) => t("share", { within: numbers.within, all: numbers.each.length });
  const each = (name, numbers) => t(`each.${name}`, { list: numbers.each.join(", ") });
  const lines = [aimLine("sessions", aim.sessions, String(sessions.count), verdict(sessions.is))];
  if (sessions.count) {
    lines.push(aimLine("sets_each", aim.sets, share(sets), "", each("sets", sets)));
    lines.push(aimLine("reps_each", aim.reps, share(reps), "", each("reps", reps)));
  }
  return make("div", "card", legHead("h3", leg), make("dl", "", ...lines));
}

function weekCell(week) {
  return make("span", "", make("span", "date", day(week.from, false)), " – ", make("span", "date", day(week.to)));
}

function weeks(exercise) {
  const [now, ...before] = exercise.weeks;
  if (!now) return null;
  const title = t(now.goes_on ? "this_week" : "last_week", { from: day(now.from, false), to: day(now.to) });
  const cards = make("div", "cards", ...SIDES.map((leg) => weekCard(leg, now, exercise.aim)));
  const made = section(title, cards, make("p", "hint", t("aim")));
  if (now.sets_without_leg) made.append(make("p", "hint", t("without_leg", { n: now.sets_without_leg })));
  if (before.length) {
    const heads = [[t("week"), true], ...SIDES.flatMap((leg) => ["sessions", "sets", "reps"].map(
      (what) => [`${legName(leg)}: ${t(`short.${what}`)} (${span(exercise.aim[what])})`, false]))];
    const rows = before.map((week) => [weekCell(week), ...SIDES.flatMap((leg) => {
      const { sessions, sets, reps } = week.legs[leg];
      return [String(sessions.count), sets.each.join(", ") || UNKNOWN, reps.each.join(", ") || UNKNOWN];
    })]);
    made.append(make("details", "", make("summary", "", t("weeks_before")), table(t("weeks_before"), heads, rows)));
  }
  return made;
}

// --- over time ---------------------------------------------------------------------------------------------------

const CHARTS = [
  { key: "eccentric_s", unit: " s", digits: 1 },
  { key: "hold_s", unit: " s", digits: 1 },
  { key: "concentric_s", unit: " s", digits: 1 },
  { key: "rom_deg", unit: "°", digits: 0 },
  { key: "turn_deg", unit: "°", digits: 0 },
];

function overTime(exercise) {
  const sets = exercise.sets.filter((one) => !one.warm_up);
  const legs = [...SIDES, "unsaid"].filter((leg) => SIDES.includes(leg) || sets.some((one) => one.leg === null));
  const dash = make("span", "dash");
  dash.setAttribute("aria-hidden", "true");
  const legend = make("ul", "legend", ...legs.map((leg) => legHead("li", leg)), make("li", "", dash, t("target")));
  const drawn = CHARTS.map(({ key, unit, digits }) => {
    const title = t(`measure.${key}`);
    const points = sets.filter((one) => one[key] !== null).map((one) => ({
      date: one.date, leg: one.leg ?? "unsaid", value: one[key],
      target: one.targets[key] ?? null,
      text: `${day(one.date)}, ${legName(one.leg)}, ${t("set_n", { n: one.set })}: ${number(one[key], digits)}${unit}`,
    }));
    if (!points.length) return null;
    const spoken = `${title}. ` + [...SIDES, "unsaid"].map((leg) => {
      const theirs = points.filter((point) => point.leg === leg);
      if (!theirs.length) return "";
      const [first, last] = [theirs[0].value, theirs.at(-1).value].map((value) => `${number(value, digits)}${unit}`);
      return t("spoken", { leg: legName(leg), first, last, n: theirs.length });
    }).filter(Boolean).join("; ");
    return make("figure", "", make("figcaption", "", title), chart(points, unit, spoken, (date) => day(date, false), (value) => value.toLocaleString(locale())));
  });
  return section(t("over_time"), legend, make("div", "charts", ...drawn), make("p", "hint", t("over_time_note")));
}

// --- left and right ----------------------------------------------------------------------------------------------

const measureName = (row) => t(`measure.${row.measure}`);
const withUnit = (value, row) => (value === null ? UNKNOWN : `${number(value, row.digits)}${row.unit}`);
const index = (row) => number(row.lsi_percent);

function sides(exercise) {
  const days = exercise.symmetry.days;
  if (!days.length) return section(t("symmetry"), make("p", "hint", t("one_leg_only")));
  const heads = (first) => [[first, true], [legName("left"), false], [legName("right"), false], [t("index"), false]];
  const latest = days[0].measures.map((row) => [measureName(row), withUnit(row.left, row), withUnit(row.right, row), index(row)]);
  const title = t("symmetry_on", { day: day(days[0].date) });
  const made = section(title, table(title, heads(t("measure")), latest), make("p", "hint", `${t("formula")} ${t("symmetry_note")}`));
  if (days.length > 1) {
    const select = make("select", "", ...days[0].measures.map((row) => new Option(measureName(row), row.measure, false, row.measure === chosen.measure)));
    select.addEventListener("change", () => { chosen.measure = select.value; fill(); });
    const rows = () => days.map((one) => {
      const row = one.measures.find((each) => each.measure === chosen.measure);
      return [dayCell(one.date), withUnit(row.left, row), withUnit(row.right, row), index(row)];
    });
    const box = make("div");
    const fill = () => box.replaceChildren(table(t("symmetry_days"), heads(t("day")), rows(), true));
    fill();
    const label = make("label", "", t("measure"), select);
    made.append(make("details", "", make("summary", "", t("symmetry_days")), make("div", "choice", label), box));
  }
  return made;
}

// --- days and sets -----------------------------------------------------------------------------------------------

function repsOf(counts) {
  if (!counts) return UNKNOWN;
  const reps = counts.shown === counts.measured ? t("reps", { n: counts.shown })
    : t("reps_measured", { n: counts.shown, measured: counts.measured });
  const warm = counts.warm_ups ? `, ${t("warm_ups", { n: counts.warm_ups })}` : "";
  return `${t("sets", { n: counts.sets })}${warm}, ${reps}`;
}

function dayNotes(one) {
  const notes = [one.simulated ? t("simulated") : "", one.gone_on ? t("gone_on_day") : ""].filter(Boolean);
  return notes.length ? ` (${notes.join(", ")})` : "";
}

function days(exercise) {
  const legs = [...SIDES, "unsaid"].filter((leg) => exercise.days.some((one) => one.legs[leg]));
  const heads = [[t("day"), true], ...legs.map((leg) => [legName(leg), true])];
  const rows = exercise.days.map((one) => [
    dayCell(one.date, dayNotes(one)), ...legs.map((leg) => repsOf(one.legs[leg]))]);
  return section(t("days"), table(t("days"), heads, rows, true), sets(exercise));
}

function remarks(one) {
  const said = ["hip_rotation", "rushed", "partial", "added", "taken_out"].filter((key) => one[key])
    .map((key) => t(`remark.${key}`, { n: one[key] }));
  for (const key of ["warm_up", "simulated"]) if (one[key]) said.push(t(`${key}`));
  if (one.band) said.push(t("band", { band: one.band }));
  if (one.effort !== null) said.push(t("effort", { effort: number(one.effort, one.effort % 1 ? 1 : 0) }));
  if (one.leg_measured && one.leg !== one.leg_measured) said.push(t("measured_as", { leg: legName(one.leg_measured) }));
  if (!one.closed) said.push(t("not_closed"));
  return said.join(", ");
}

function sets(exercise) {
  const columns = ["day", "set", "leg", "shown", "measured", "concentric", "hold", "eccentric", "tempo", "rom", "turn", "remarks"];
  const heads = columns.map((name) => [t(`column.${name}`), ["day", "leg", "remarks"].includes(name)]);
  const rows = [...exercise.sets].reverse().map((one) => [
    dayCell(one.date), String(one.set), legName(one.leg), String(one.shown), String(one.measured),
    ...["concentric_s", "hold_s", "eccentric_s"].map((key) => number(one[key], 2)), one.tempo ?? UNKNOWN,
    number(one.rom_deg), number(one.turn_deg), remarks(one)]);
  return make("details", "", make("summary", "", t("every_set")), table(t("every_set"), heads, rows, true));
}

// --- the page ----------------------------------------------------------------------------------------------------

function current() {
  const theirs = data.histories.filter((one) => one.person === chosen.person);
  return theirs.find((one) => one.simulated === chosen.simulated) ?? theirs[0];
}

function picker(label, options, value, pick) {
  const select = make("select", "", ...options.map(([key, text]) => new Option(text, key, false, key === value)));
  select.addEventListener("change", () => { pick(select.value); show(); });
  return make("label", "", label, select);
}

function choices(history) {
  const form = document.getElementById("choice");
  const people = [...new Set(data.histories.map((one) => one.person))];
  const made = [];
  if (people.length > 1) {
    const named = people.map((name, at) => [String(at), name ?? t("nobody")]);
    made.push(picker(t("person"), named, String(people.indexOf(chosen.person)), (at) => { chosen.person = people[Number(at)]; }));
  }
  if (history.exercises.length > 1) {
    const named = history.exercises.map((one) => [one.exercise, titleOf(one)]);
    made.push(picker(t("exercise"), named, chosen.exercise, (name) => { chosen.exercise = name; }));
  }
  if (history.simulated_sessions) {
    const box = make("input");
    box.type = "checkbox";
    box.checked = chosen.simulated;
    box.addEventListener("change", () => { chosen.simulated = box.checked; show(); });
    made.push(make("label", "check", box, t("with_simulated", { n: history.simulated_sessions })));
  }
  const at = document.activeElement?.closest?.("label") ? [...form.querySelectorAll("select, input")].indexOf(document.activeElement) : -1;
  form.replaceChildren(...made);
  form.hidden = !made.length;
  if (at >= 0) form.querySelectorAll("select, input")[at]?.focus();
}

function show() {
  const message = document.getElementById("message");
  const shown = document.getElementById("shown");
  const history = current();
  if (!history) {
    message.textContent = t("nothing");
    return shown.replaceChildren();
  }
  const latest = [...history.exercises].sort((a, b) => b.days[0].date.localeCompare(a.days[0].date))[0];
  const exercise = history.exercises.find((one) => one.exercise === chosen.exercise) ?? latest;
  chosen.exercise = exercise?.exercise ?? null;
  choices(history);
  message.textContent = exercise ? "" : t(history.simulated_sessions ? "only_simulated" : "nothing");
  if (!exercise) return shown.replaceChildren();
  const who = [history.person, titleOf(exercise), t("session_count", { n: history.sessions.length }),
    history.gone_on ? t("gone_on", { n: history.gone_on }) : ""].filter(Boolean).join(" · ");
  const banner = history.simulated ? make("p", "banner", t(history.all_simulated ? "simulated_all" : "simulated_banner")) : null;
  const parts = [weeks(exercise), overTime(exercise), sides(exercise), days(exercise)].filter(Boolean);
  return shown.replaceChildren(...[banner, make("p", "hint", who), ...parts].filter(Boolean));
}

async function start() {
  const token = new URLSearchParams(location.search).get("token");
  const query = token ? `?token=${encodeURIComponent(token)}` : "";
  document.getElementById("back").href = `/${query}`;
  await ready;
  await speak();
  const answer = await fetch(`/history.json${query}`, { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  data = await answer.json();
  if (data.first !== null) {
    const { person, simulated } = data.histories[data.first];
    Object.assign(chosen, { person, simulated });
  }
  show();
  document.addEventListener("kickback:language", () => speak().then(show));
}

start().catch((error) => {
  document.getElementById("message").textContent = t("failed");
  console.error(error);
});
