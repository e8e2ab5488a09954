// The leg angle of the last ten seconds on a canvas: the axis runs from -10 s to now. It draws the points that came.

const SPAN_S = 10;
const PHASES = ["rest", "concentric", "hold", "eccentric"];
const BAND_PX = 7;
const GAP_S = 0.6; // longer without a point is a gap: nothing is drawn across it. Points come about 8 a second.

export class Strip {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: true });
    this.trail = [];
    this.old = false;
    this.topDeg = 60;
    this.lowDeg = -7;
    this.words = { now: "now", seconds: (n) => `${n} s` };
    this.restyle();
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.resize();
  }

  // Take the colours from the style sheet again: after a change between dark and light.
  restyle() {
    const style = getComputedStyle(this.canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    this.ink = colour("--ink");
    this.muted = colour("--muted");
    this.line = colour("--line");
    this.colours = Object.fromEntries(PHASES.map((phase) => [phase, colour(`--${phase}`)]));
    this.font = `12px ${style.fontFamily}`;
  }

  resize() {
    const { width, height } = this.canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    this.width = width;
    this.height = height;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.draw();
  }

  // old: nothing new comes. The curve then stands back, in grey; what is to be read of the axes does not.
  show(trail, fullDeg, old) {
    this.trail = trail;
    this.old = old;
    const angles = trail.map((point) => point[1]).filter((deg) => Number.isFinite(deg));
    this.topDeg = Math.max(fullDeg > 0 ? fullDeg : 60, ...angles); // nothing of the curve is cut off
    this.lowDeg = Math.min(-0.12 * this.topDeg, ...angles);
    this.draw();
  }

  draw() {
    const { context: c, width, height } = this;
    if (width < 20 || height < 20) return;
    c.clearRect(0, 0, width, height);
    const left = 34, right = width - 4, top = 6, bottom = height - 20 - BAND_PX;
    const { topDeg, lowDeg } = this;
    const end = this.trail.length ? this.trail[this.trail.length - 1][0] : 0;
    const x = (t) => right + ((t - end) / SPAN_S) * (right - left);
    const y = (deg) => bottom - ((deg - lowDeg) / (topDeg - lowDeg)) * (bottom - top);
    this.axes(x, y, end, left, right, top, bottom);
    c.save();
    c.beginPath();
    c.rect(left, 0, width - left, height); // the point before the first second leads in from beyond the axis
    c.clip();
    for (const run of this.runs()) this.run(run, x, y, bottom);
    c.restore();
  }

  axes(x, y, end, left, right, top, bottom) {
    const c = this.context;
    c.font = this.font;
    c.fillStyle = this.muted;
    c.strokeStyle = this.line;
    c.lineWidth = 1;
    c.textBaseline = "alphabetic";
    for (let back = 0; back <= SPAN_S; back += 2) {
      const at = Math.round(x(end - back)) - 0.5;
      c.beginPath(); c.moveTo(at, top); c.lineTo(at, bottom + BAND_PX); c.stroke();
      if ((back % 4 === 2 && right - left < 360) || (back === 0 && this.old)) continue; // its end is not now
      c.textAlign = back === 0 ? "right" : back === SPAN_S ? "left" : "center";
      c.fillText(back === 0 ? this.words.now : this.words.seconds(`−${back}`), at, this.height - 4);
    }
    c.textAlign = "right";
    for (const deg of [0, Math.floor(this.topDeg / 10) * 10]) {
      const at = Math.round(y(deg)) - 0.5;
      c.beginPath(); c.moveTo(left, at); c.lineTo(right, at); c.stroke();
      c.fillText(`${deg}°`, left - 5, at + 4);
    }
  }

  // Stretches of one phase without a gap, each with the point that follows it, so that they touch.
  runs() {
    const runs = [];
    let run = null;
    for (const point of this.trail) {
      const [t, deg, phase] = point;
      if (deg === null || deg === undefined) { run = null; continue; }
      if (run && t - run.points[run.points.length - 1][0] > GAP_S) run = null;
      if (run) run.points.push(point);
      if (!run || run.phase !== phase) runs.push((run = { phase, points: [point] }));
    }
    return runs;
  }

  run({ phase, points }, x, y, bottom) {
    const c = this.context;
    const first = x(points[0][0]), last = x(points[points.length - 1][0]);
    const colour = this.old ? this.muted : this.colours[phase] || this.muted;
    c.beginPath();
    c.moveTo(first, bottom);
    for (const [t, deg] of points) c.lineTo(x(t), y(deg));
    c.lineTo(last, bottom);
    c.closePath();
    c.fillStyle = colour;
    const strength = this.old ? 0.4 : 1;
    c.globalAlpha = strength * (phase === "rest" ? 0.12 : 0.4);
    c.fill();
    c.globalAlpha = strength;
    if (phase !== "rest") c.fillRect(first, bottom, Math.max(last - first, 1), BAND_PX);
    c.beginPath();
    for (const [t, deg] of points) c.lineTo(x(t), y(deg));
    c.strokeStyle = this.old ? this.muted : this.ink;
    c.lineWidth = 2;
    c.lineJoin = "round";
    c.stroke();
    c.globalAlpha = 1;
  }
}
