// Spoken words by the browser's own voices (speechSynthesis). Where there is none, `can` says so and tones are played.

const WORST_MS = 3500; // a voice that never says that it ended is taken to have ended by then
const RATE = 1.15;

export class Voice {
  #voices = [];
  #saying = null;
  #broken = false;
  volume = 0.8;

  constructor() {
    this.#synthesis?.addEventListener?.("voiceschanged", () => this.#look());
    this.#look();
  }

  get #synthesis() {
    return window.speechSynthesis ?? null;
  }

  #look() {
    this.#voices = this.#synthesis?.getVoices() ?? [];
    if (this.#voices.length) this.#broken = false;
  }

  /** Whether there is a voice for the language, "en" or "de". */
  can(language) {
    return !this.#broken && Boolean(this.#best(language));
  }

  /** Voices on the device come first: one from the net begins late. */
  #best(language) {
    const fit = this.#voices.filter((voice) => voice.lang.toLowerCase().replace("_", "-").startsWith(language));
    return fit.find((voice) => voice.localService && voice.default) ?? fit.find((voice) => voice.localService) ?? fit[0];
  }

  /** Within the first tap: some browsers speak later only after that. */
  unlock() {
    const silent = this.#utterance(" ", "en");
    if (!silent) return;
    silent.volume = 0;
    this.#synthesis.speak(silent);
  }

  #utterance(text, language) {
    if (!this.#synthesis || !window.SpeechSynthesisUtterance) return null;
    const utterance = new SpeechSynthesisUtterance(text);
    const voice = this.#best(language);
    if (voice) utterance.voice = voice;
    utterance.lang = voice?.lang ?? language;
    utterance.rate = RATE;
    utterance.volume = this.volume;
    return utterance;
  }

  /** Say a text at once; what is being said is cut off. `begun` and `ended` are called once each, `ended` at the latest after a while. */
  say(text, language, begun, ended) {
    this.cancel();
    const utterance = this.#utterance(text, language);
    if (!utterance) return ended();
    const saying = { utterance, ended, timer: 0 };
    saying.timer = setTimeout(() => this.#over(saying), WORST_MS);
    utterance.addEventListener("start", () => this.#saying === saying && begun());
    utterance.addEventListener("end", () => this.#over(saying));
    utterance.addEventListener("error", (event) => {
      if (!["interrupted", "canceled"].includes(event.error)) this.#broken = true;
      this.#over(saying);
    });
    this.#saying = saying;
    this.#synthesis.speak(utterance);
  }

  #over(saying) {
    clearTimeout(saying.timer);
    if (this.#saying !== saying) return;
    this.#saying = null;
    saying.ended();
  }

  /** Be silent now; what was being said does not call `ended`. */
  cancel() {
    if (this.#saying) clearTimeout(this.#saying.timer);
    this.#saying = null;
    if (this.#synthesis?.speaking || this.#synthesis?.pending) this.#synthesis.cancel();
  }
}
