"use strict";
// Without this script the page is complete: the trace is then the still picture, and the scroll cues stay.

function markWideBoxes() {
  for (const box of document.querySelectorAll("[data-wide]")) {
    const inner = box.querySelector(".scroll");
    const show = () => box.classList.toggle("fits", inner.scrollWidth <= inner.clientWidth + 1);
    show();
    new ResizeObserver(show).observe(inner);
  }
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function paint(doc) {
  const glyph = (name) => doc.get_model_by_name(name).glyph;
  for (const kind of ["concentric", "hold", "eccentric", "rejected"]) {
    const band = glyph(`band-${kind}`);
    band.fill_color = band.hatch_color = { value: colour(`--${kind}`) };
  }
  glyph("line").line_color = { value: colour("--ink") };
  glyph("number").text_color = { value: colour("--ink") };
  for (const name of ["x-axis", "y-axis"]) {
    const axis = doc.get_model_by_name(name);
    axis.axis_label_text_color = axis.major_label_text_color = colour("--muted");
  }
  doc.get_model_by_name("x-axis").axis_line_color = colour("--line");
  doc.get_model_by_name("grid").grid_line_color = colour("--line");
  const overlay = doc.get_model_by_name("zoom").overlay;
  overlay.fill_color = colour("--muted");
  overlay.line_color = colour("--muted");
}

function nameThePoints(doc) {
  const source = doc.get_model_by_name("angle");
  const names = source.tags[0];
  const label = Array.from(source.data.place, (place) => names[place]);
  source.data = { ...source.data, label };
}

function thinNumbers(doc) {
  const plot = doc.get_model_by_name("plot");
  const source = doc.get_model_by_name("numbers");
  const { time, number } = source.data;
  const range = plot.x_range;
  const width = document.getElementById("trace").clientWidth;
  const secondsOfRoom = (19 * (range.end - range.start)) / Math.max(width - 70, 1);
  let freeFrom = -Infinity;
  const text = Array.from(number, (said, index) => {
    if (time[index] < freeFrom) return "";
    freeFrom = time[index] + secondsOfRoom;
    return said;
  });
  source.data = { ...source.data, text };
}

function bindButtons(doc) {
  const range = doc.get_model_by_name("plot").x_range;
  const [least, most] = range.bounds;
  const go = (start, end) => {
    const span = Math.min(Math.max(end - start, 1), most - least);
    const from = Math.min(Math.max(start, least), most - span);
    range.setv({ start: from, end: from + span });
  };
  const moves = {
    all: () => go(least, most),
    in: (start, end, step) => go(start + step, end - step),
    out: (start, end, step) => go(start - 2 * step, end + 2 * step),
    left: (start, end, step) => go(start - step, end - step),
    right: (start, end, step) => go(start + step, end + step),
    set: (_start, _end, _step, button) => go(Number(button.dataset.from) - 1.5, Number(button.dataset.to) + 1.5),
  };
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => {
      const { start, end } = range;
      moves[button.dataset.zoom](start, end, (end - start) / 4, button);
    });
  }
  return range;
}

// A finger on the trace must scroll the page, so drag-to-zoom is for the mouse; the buttons zoom for both.
function leaveTheFingerAlone(doc) {
  const finger = matchMedia("(pointer: coarse)");
  const set = () => { doc.get_model_by_name("zoom").active = !finger.matches; };
  finger.addEventListener("change", set);
  set();
}

async function showTrace() {
  const json = document.getElementById("trace-json");
  if (!json) return;
  await Bokeh.embed.embed_item(JSON.parse(json.textContent));
  const doc = Bokeh.documents[0];
  nameThePoints(doc);
  paint(doc);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paint(doc));
  leaveTheFingerAlone(doc);
  const range = bindButtons(doc);
  const thin = () => thinNumbers(doc);
  range.properties.start.change.connect(thin);
  range.properties.end.change.connect(thin);
  new ResizeObserver(thin).observe(document.getElementById("trace"));
  document.documentElement.classList.add("drawn");
}

markWideBoxes();
showTrace().catch((error) => {
  document.documentElement.classList.add("undrawn"); // the still picture takes its place
  throw error;
});
