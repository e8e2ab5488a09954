// What the parts of the history page are made of: its texts, numbers, days, tables.

import { has, language, t as pageText } from "./texts.js";

export const SIDES = ["left", "right"];
export const UNKNOWN = "–";
let words = {};

/** A text of this page in the language now; with "key.one" for n = 1, where there is one. */
export function t(key, values = {}) {
  const text = (values.n === 1 ? words[`${key}.one`] : undefined) ?? words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Load this page's texts in the language now, and fill the markup. */
export async function speak() {
  const answer = await fetch(`/static/history_texts/${language()}.json`);
  if (!answer.ok) throw new Error(`texts: ${answer.status}`);
  words = await answer.json();
  for (const element of document.querySelectorAll("[data-h]")) element.textContent = t(element.dataset.h);
  document.title = `${t("brand")}: ${t("title")}`;
}

/** An element of a class with children. */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** How the reader's own country writes dates and numbers in the language now. */
export function locale() {
  return navigator.languages.find((each) => each.split("-")[0] === language()) ?? language();
}

export const number = (value, digits = 0) =>
  value === null ? UNKNOWN : value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** An exercise's title in the language now, where the session's page has one. */
export function titleOf(exercise) {
  const key = `exercise.${exercise.exercise}`;
  return has(key) ? pageText(key) : exercise.title;
}

export function day(text, withYear = true) {
  const parts = { day: "numeric", month: "short", timeZone: "UTC", ...(withYear ? { year: "numeric" } : {}) };
  return new Date(`${text}T00:00:00Z`).toLocaleDateString(locale(), parts);
}

/** A day that begins a row, and what else is to be said of it. */
export function dayCell(text, more = "") {
  return make("span", "", make("span", "date", day(text)), more);
}

export const legName = (leg) => t(`leg.${leg ?? "unsaid"}`);
export const span = (pair) => `${pair[0]}–${pair[1]}`;

export function legHead(tag, leg) {
  const mark = make("span", `leg ${leg}`);
  mark.setAttribute("aria-hidden", "true");
  return make(tag, "", mark, legName(leg));
}

export function section(title, ...children) {
  return make("section", "", make("h2", "", title), ...children);
}

/** A table in a box that scrolls sideways; `heads` are [text, isText], rows are cells of text or elements. */
export function table(caption, heads, rows, tall = false) {
  const head = make("tr", "", ...heads.map(([text, left]) => {
    const cell = make("th", left ? "text" : "", text);
    cell.scope = "col";
    return cell;
  }));
  const body = rows.map((cells) => make("tr", "", ...cells.map((cell, index) => {
    const made = make(index ? "td" : "th", heads[index][1] ? "text" : "", cell);
    if (!index) made.scope = "row";
    return made;
  })));
  const box = make("div", tall ? "scroll tall" : "scroll", make("table", "", make("thead", "", head), make("tbody", "", ...body)));
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", caption);
  return box;
}
