// Sounds made on the spot by Web Audio: nothing is loaded. A sound is a list of notes
// [start s, frequency Hz, length s, loudness 0..1, wave].

export const CUES = {
  count: [[0, 880, 0.16, 0.9, "triangle"]],
  hold: [[0, 659, 0.1, 0.6, "sine"], [0.13, 659, 0.14, 0.6, "sine"]],
  down: [[0, 659, 0.1, 0.6, "sine"], [0.11, 440, 0.18, 0.6, "sine"]],
  slower: [[0, 330, 0.16, 0.7, "triangle"], [0.2, 262, 0.26, 0.7, "triangle"]],
  hips: [[0, 988, 0.12, 0.5, "square"], [0.16, 740, 0.12, 0.5, "square"], [0.32, 988, 0.12, 0.5, "square"]],
  set_done: [[0, 523, 0.14, 0.7, "triangle"], [0.13, 659, 0.14, 0.7, "triangle"], [0.26, 784, 0.34, 0.7, "triangle"]],
  unconfirmed: [[0, 523, 0.08, 0.45, "sine"]],
  lost: [[0, 392, 0.2, 0.7, "triangle"], [0.22, 311, 0.4, 0.7, "triangle"]],
  back: [[0, 311, 0.14, 0.7, "triangle"], [0.16, 392, 0.3, 0.7, "triangle"]],
  count_in: [[0, 660, 0.12, 0.7, "triangle"]],
  go: [[0, 1047, 0.35, 0.8, "triangle"]],
};

export const TICKS = {
  second: [[0, 1320, 0.03, 0.35, "sine"]],
  reached: [[0, 1320, 0.03, 0.45, "sine"], [0.06, 1760, 0.05, 0.45, "sine"]],
  concentric: [[0, 587, 0.07, 0.45, "triangle"]],
  hold: [[0, 784, 0.09, 0.45, "triangle"]],
  eccentric: [[0, 494, 0.07, 0.45, "triangle"]],
  rest: [[0, 392, 0.07, 0.35, "triangle"]],
};

const ATTACK_S = 0.004;
const SILENT = 0.0001;
const UNHEARD = { heard: NaN, end: 0, stop() {} };

/** One audio context: silent until `unlock()` is called from a tap or a key. */
export class Tones {
  #context = null;
  #master = null;
  #volume = 0.8;

  /** Start the sound; browsers allow it from a tap or a key press only. Resolves to whether it runs. */
  async unlock() {
    const Context = window.AudioContext ?? window.webkitAudioContext;
    if (!Context) return false;
    if (!this.#context) {
      this.#context = new Context({ latencyHint: "interactive" });
      this.#master = this.#context.createGain();
      this.#master.connect(this.#context.destination);
      this.volume = this.#volume;
    }
    if (this.#context.state !== "running") await this.#context.resume();
    return this.running;
  }

  /** Whether it can be heard now. */
  get running() {
    return this.#context?.state === "running";
  }

  /** 0 to 1. */
  set volume(value) {
    this.#volume = value;
    if (this.#master) this.#master.gain.value = value * value; // loudness is felt by its square
  }

  /** Play a sound `delay_s` from now; `heard` is when it leaves the speaker, by performance.now(). */
  play(notes, { delay_s = 0, gain = 1, pan = 0 } = {}) {
    if (!this.running) return UNHEARD;
    const context = this.#context;
    const start = context.currentTime + Math.max(delay_s, 0);
    const out = context.createGain();
    out.gain.value = gain;
    const side = context.createStereoPanner?.() ?? null;
    if (side) side.pan.value = pan;
    (side ? out.connect(side) : out).connect(this.#master);
    const voices = notes.map((note) => ring(context, out, start, note));
    const end = Math.max(...notes.map(([at, , length]) => at + length));
    const until = performance.now() + (Math.max(delay_s, 0) + end) * 1000;
    return { heard: this.#heard(start), end: until, stop: () => hush(context, out, voices) };
  }

  #heard(start) {
    const context = this.#context;
    const ahead_ms = (start - context.currentTime) * 1000;
    const late_ms = ((context.baseLatency || 0) + (context.outputLatency || 0)) * 1000;
    return performance.now() + ahead_ms + late_ms;
  }
}

function ring(context, out, start, [at, frequency, length, loudness, wave]) {
  const voice = context.createOscillator();
  const shape = context.createGain();
  voice.type = wave;
  voice.frequency.value = frequency;
  const begin = start + at;
  shape.gain.setValueAtTime(SILENT, begin);
  shape.gain.exponentialRampToValueAtTime(loudness, begin + ATTACK_S);
  shape.gain.exponentialRampToValueAtTime(SILENT, begin + length);
  voice.connect(shape).connect(out);
  voice.start(begin);
  voice.stop(begin + length + 0.02);
  return voice;
}

function hush(context, out, voices) {
  out.gain.setTargetAtTime(0, context.currentTime, 0.008); // no click
  for (const voice of voices) voice.stop(context.currentTime + 0.05);
}
