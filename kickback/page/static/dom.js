// A few lines to make elements with; no style, no script in attributes.

/** An element: attributes as given (`onclick` and the like are listeners; false and null are left out), then children. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Another text, where it is another: what stands already is left alone, and not read out again. */
export function setText(element, text) {
  const said = String(text ?? "");
  if (element.textContent !== said) element.textContent = said;
}

/** Show or hide it. */
export function show(element, on) {
  if (element.hidden === on) element.hidden = !on;
}

/** Whether the server knows it; 0 is known. */
export function known(value) {
  return value !== null && value !== undefined;
}

/** The element of that id, or a new section of it at the end of the page. */
export function place(id) {
  const there = document.getElementById(id);
  if (there) return there;
  const made = h("section", { id });
  (document.querySelector("main") ?? document.body).append(made);
  return made;
}

/** A press of a mouse or a finger leaves no focus behind, so that the keys keep their meaning; a press by key does. */
export function unfocus(event) {
  if (event.detail > 0) event.currentTarget.blur();
}

/** A dialog with a heading and a way out; shown with `.showModal()`. */
export function dialog(id, title, close, ...children) {
  const heading = h("h2", { id: `${id}-title` }, title);
  const box = h("dialog", { id, "aria-labelledby": `${id}-title`, class: "kb-dialog" });
  const out = h("button", { type: "button", onclick: () => box.close() }, close);
  box.addEventListener("click", (event) => event.target === box && box.close());
  box.append(h("div", { class: "kb-dialog-body" }, heading, ...children, out));
  return box;
}
