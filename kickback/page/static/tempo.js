// The tempo's four digits: steppers and fields that send one command for steps that follow each other.

import { send, state } from "./commands.js";
import { h } from "./dom.js";
import { t } from "./texts.js";

const DIGITS = ["eccentric_s", "pause_s", "concentric_s", "hold_s"]; // in the order of the code: down-pause-up-squeeze
const LONGEST_S = 60;
const SETTLED_MS = 600; // steps of the tempo that follow each other within this are one command

let tempoTimer = 0;
let digits = []; // the fields
let toast = () => {};

function step(field, by) {
  const before = Number(field.value);
  const next = by > 0 ? Math.floor(before) + 1 : Math.ceil(before) - 1;
  field.value = Math.min(Math.max(next, 0), LONGEST_S);
  tempoChanged();
}

function tempoChanged() {
  clearTimeout(tempoTimer);
  tempoTimer = setTimeout(sendTempo, SETTLED_MS);
}

function sendTempo() {
  tempoTimer = 0;
  const numbers = digits.map((field) => field.value);
  if (digits.every(isTempo)) send({ do: "tempo", tempo: numbers.map(Number).join("-") });
}

const isTempo = (field) => field.value !== "" && field.checkValidity();

/** A digit was left, or Enter was pressed: it counts at once, and what is no tempo is said and taken back. */
function tempoSaid() {
  clearTimeout(tempoTimer);
  sendTempo();
  if (digits.every(isTempo)) return;
  toast(t("controls.tempo_wrong", { most: LONGEST_S }), false);
  showTempo();
}

/** The fields, drawn anew. `button` makes a button, `say` tells a person something. */
export function tempoGroup(button, say) {
  toast = say;
  digits = DIGITS.map((name) => h("input", { type: "number", id: `kb-${name}`, min: 0, max: LONGEST_S, step: "any", inputmode: "decimal", oninput: tempoChanged, onchange: tempoSaid }));
  const digit = (name, index) => {
    const field = digits[index];
    const word = t(`controls.${name}`);
    return h(
      "div",
      { class: "kb-digit" },
      h("label", { for: field.id }, word),
      h("div", { class: "kb-stepper" },
        button("−", () => step(field, -1), { "aria-label": t("controls.less", { what: word }) }),
        field,
        button("+", () => step(field, 1), { "aria-label": t("controls.more", { what: word }) })),
    );
  };
  return h("fieldset", { class: "kb-group kb-tempo" }, h("legend", {}, t("controls.tempo")), h("div", { class: "kb-digits" }, ...DIGITS.map(digit)));
}

export function refreshTempo() {
  if (!state.target || tempoTimer || digits.includes(document.activeElement)) return;
  showTempo();
}

function showTempo() {
  DIGITS.forEach((name, index) => (digits[index].value = state.target[name]));
}

export function focusTempo() {
  digits[0].focus();
}
