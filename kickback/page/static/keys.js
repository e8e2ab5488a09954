// Keys: one table of all that are bound, shown by "?". Single letters may be switched off (WCAG 2.1.4).

import { dialog, h } from "./dom.js";
import { recall, remember, t } from "./texts.js";

const STORED = "kickback.keys";
const bound = [];
let on = recall(STORED) !== "off";
let mayControl = () => false;

/** Bind keys: [{keys: [event.key in lower case, ...], label: text key, run, control: true for those who may}]. */
export function bind(list) {
  bound.push(...list);
}

/** Who decides whether keys of controls do anything. */
export function controlledBy(decide) {
  mayControl = decide;
}

function takes(target, key) {
  if (!(target instanceof Element)) return true;
  if (target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return false;
  return !([" ", "enter"].includes(key) && target.closest("button, summary, a, input, [role=button]"));
}

function press(event) {
  const key = event.key.toLowerCase();
  if (event.defaultPrevented || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  if (document.querySelector("dialog[open]") || !takes(event.target, key)) return;
  if (key !== "?" && !on) return;
  const found = bound.find((each) => each.keys.includes(key) && (!each.control || mayControl()));
  if (!found) return;
  event.preventDefault();
  found.run();
}

/** The dialog that names them. */
export function showKeys() {
  document.getElementById("kb-keys")?.remove();
  const usable = bound.filter((each) => !each.control || mayControl());
  const rows = usable.map((each) => h("tr", {}, h("td", {}, ...caps(each.keys[0])), h("td", {}, t(each.label))));
  const box = h("input", { type: "checkbox", checked: on });
  box.addEventListener("change", () => {
    on = box.checked;
    remember(STORED, on ? "on" : "off");
  });
  const table = h("table", { class: "kb-keys" }, h("tbody", {}, ...rows));
  const shown = dialog("kb-keys", t("keys.title"), t("close"), table, h("label", { class: "kb-check" }, box, h("span", {}, t("keys.on"))));
  shown.addEventListener("close", () => shown.remove());
  document.body.append(shown);
  shown.showModal();
}

const NAMES = { " ": "key.name.space", backspace: "key.name.backspace", arrowleft: "key.name.left", arrowright: "key.name.right" };

function caps(key) {
  return [h("kbd", {}, key in NAMES ? t(NAMES[key]) : key.toUpperCase())];
}

bind([{ keys: ["?"], label: "key.help", run: showKeys }]);
document.addEventListener("keydown", press);
