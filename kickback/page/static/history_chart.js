// One measure over the days: a mark a set, the left leg as dots, the right leg as open squares. Plain SVG.

const WIDTH = 420, HEIGHT = 200, LEFT = 44, RIGHT = 12, TOP = 10, BOTTOM = 26, SIZE = 4;
const DAY_MS = 86_400_000;

function draw(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, typeof value === "number" ? value.toFixed(1) : value);
  }
  element.append(...children);
  return element;
}

/** Round numbers from 0 to just above `high`. */
function ticks(high) {
  const rough = high / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough * (1 - 1e-9));
  return Array.from({ length: Math.ceil(high / step - 1e-9) + 1 }, (_, index) => index * step);
}

/** A mark of a leg's shape; its text shows under the mouse. */
function mark(point, x, y) {
  const title = draw("title", {}, point.text);
  if (point.leg === "left") return draw("circle", { class: "mark left", cx: x, cy: y, r: SIZE }, title);
  const box = { class: `mark ${point.leg}`, x: x - SIZE, y: y - SIZE, width: 2 * SIZE, height: 2 * SIZE };
  return draw("rect", box, title);
}

/** The way of the target from edge to edge; where it changes, the step lies between the two sets. */
function steps(points, x, y) {
  let way = `M ${LEFT} ${y(points[0].target).toFixed(1)}`;
  points.slice(1).forEach((point, index) => {
    const before = points[index];
    if (point.target !== before.target) way += ` H ${((x(before) + x(point)) / 2).toFixed(1)} V ${y(point.target).toFixed(1)}`;
  });
  return `${way} H ${WIDTH - RIGHT}`;
}

/**
 * The picture of points {date, leg, value, target, text}.
 * `spoken` is what a screen reader says of it, `named` writes a date, `said` a number.
 */
export function chart(points, unit, spoken, named, said) {
  const time = (point) => Date.parse(`${point.date}T00:00:00Z`);
  const first = Math.min(...points.map(time)) - DAY_MS / 2, last = Math.max(...points.map(time)) + DAY_MS / 2;
  const high = Math.max(...points.flatMap((point) => [point.value, point.target ?? 0]), 1);
  const rules = ticks(high * 1.05);
  const top = rules.at(-1);
  // The sets of one day stand side by side, in their order, as far as the next day leaves room.
  const room = Math.min(16, (0.4 * (WIDTH - LEFT - RIGHT - 16) * DAY_MS) / (last - first));
  const ofDay = new Map();
  for (const point of points) ofDay.set(point.date, [...(ofDay.get(point.date) ?? []), point]);
  const x = (point) => {
    const together = ofDay.get(point.date);
    const middle = (together.length - 1) / 2;
    const aside = middle ? ((together.indexOf(point) - middle) / middle) * Math.min(room, 5 * middle) : 0;
    return LEFT + 8 + ((time(point) - first) / (last - first)) * (WIDTH - LEFT - RIGHT - 16) + aside;
  };
  const y = (value) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const parts = [];
  for (const value of rules) {
    parts.push(draw("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }));
    parts.push(draw("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, `${said(Number(value.toFixed(2)))}${unit}`));
  }
  for (const [anchor, point] of [["start", points[0]], ["end", points.at(-1)]]) {
    if (anchor === "end" && ofDay.size === 1) continue;
    const at = anchor === "start" ? LEFT : WIDTH - RIGHT;
    parts.push(draw("text", { x: at, y: HEIGHT - 6, "text-anchor": anchor }, named(point.date)));
  }
  const aims = points.filter((point) => point.target !== null);
  if (aims.length) parts.push(draw("path", { class: "target", d: steps(aims, x, y) }));
  for (const leg of ["left", "right"]) {
    const path = points.filter((point) => point.leg === leg).map((point) => `${x(point).toFixed(1)},${y(point.value).toFixed(1)}`);
    if (path.length > 1) parts.push(draw("polyline", { class: `line ${leg}`, points: path.join(" ") }));
  }
  parts.push(...points.map((point) => mark(point, x(point), y(point.value))));
  return draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": spoken }, ...parts);
}
