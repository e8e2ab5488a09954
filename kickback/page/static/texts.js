// The page's words: one file a language, all with the same keys. `t("key", {n: 3})` gives the text, "{n}" replaced.

export const LANGUAGES = { en: "English", de: "Deutsch" };
const STORED = "kickback.language";

let words = {};
let code = "en";

/** Read a value that this browser keeps; null where storage is forbidden. */
export function recall(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // storage may be switched off: then nothing is remembered
  }
}

/** Keep a value in this browser, where that is allowed. */
export function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // storage may be switched off or full: then nothing is remembered
  }
}

/** The text of a key in the language now; the key itself when there is no such text. */
export function t(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** What the server says (SAID of docs/page_protocol.md): in the language now, or as it came where there is no such text. */
export function said({ text, key, values }) {
  if (!has(key)) return text;
  const figures = new Intl.NumberFormat(code, { maximumFractionDigits: 3, useGrouping: false });
  const word = (value) => (typeof value === "number" ? figures.format(value) : typeof value === "string" ? value : said(value));
  return t(key, Object.fromEntries(Object.entries(values).map(([name, value]) => [name, word(value)])));
}

/** Whether the language has a text of that key. */
export function has(key) {
  return key in words;
}

/** "en" or "de". */
export function language() {
  return code;
}

/** Fill what the markup names: data-t (text), data-t-label (aria-label), data-t-title (title). */
export function translate(root = document) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", t(element.dataset.tLabel));
  for (const element of root.querySelectorAll("[data-t-title]")) element.title = t(element.dataset.tTitle);
}

/** Change the language and remember it. */
export async function setLanguage(wanted) {
  await load(wanted);
  remember(STORED, code);
}

/** Load a language's file, fill the markup, and say "kickback:language". */
async function load(wanted) {
  const next = wanted in LANGUAGES ? wanted : "en";
  const answer = await fetch(new URL(`texts/${next}.json`, import.meta.url));
  if (!answer.ok) throw new Error(`texts/${next}.json: ${answer.status}`);
  words = await answer.json();
  code = next;
  document.documentElement.lang = code;
  window.kickback.language = code;
  translate();
  document.dispatchEvent(new CustomEvent("kickback:language", { detail: { language: code } }));
}

function first() {
  const stored = recall(STORED);
  if (stored in LANGUAGES) return stored;
  const spoken = (navigator.languages ?? [navigator.language]).map((each) => each.slice(0, 2).toLowerCase());
  return spoken.find((each) => each in LANGUAGES) ?? "en";
}

Object.assign((window.kickback ??= {}), { t, language: code, setLanguage, translate });

/** Settled when the first language is there. */
export const ready = load(first());
window.kickback.textsReady = ready;
