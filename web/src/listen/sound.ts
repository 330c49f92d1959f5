/** The element and the graph behind it: volume, level, and the unlocking of both inside a gesture. */
import { levelOfDb } from "../shared/thread/geometry";

/** 20 ms at 48 kHz rounded up to a power of two: as quick as the eye. */
const WINDOW = 2048;

/** iPhones stop a page's AudioContext in the background; there the element plays alone. */
function contextSleeps(): boolean {
  return "ManagedMediaSource" in window && navigator.maxTouchPoints > 1;
}

export class Sound {
  readonly audio = new Audio();
  #context: AudioContext | null = null;
  #gain: GainNode | null = null;
  #meter: AnalyserNode | null = null;
  readonly #samples = new Float32Array(WINDOW);
  #volume = 1;

  /** Inside a gesture: from now on the element may sound, and the level can be seen. */
  engage(): void {
    if (contextSleeps() || !("AudioContext" in window)) return;
    this.#context ??= this.#wake();
    void this.#context.resume().then(
      () => this.#route(),
      () => undefined,
    );
  }

  /** 0..1, as loud as it looks: loudness goes with the square of a slider's way. */
  setVolume(volume: number, muted: boolean): void {
    this.#volume = muted ? 0 : volume * volume;
    if (this.#gain) this.#gain.gain.value = this.#volume;
    else this.audio.volume = this.#volume;
    this.audio.muted = muted && !this.#gain;
  }

  /** Of the replay; live, the rate belongs to the steering. */
  setSpeed(speed: number): void {
    this.audio.defaultPlaybackRate = speed; // a new source begins with it
    this.audio.playbackRate = speed;
  }

  /** What the element plays gets to the loudspeaker: not while the graph that it is led through rests. */
  get reaches(): boolean {
    return !this.#meter || this.#context?.state === "running";
  }

  /** The level now, 0..1; null where it cannot be measured. */
  level(): number | null {
    if (!this.#meter) return null;
    this.#meter.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / WINDOW;
    return levelOfDb(10 * Math.log10(power));
  }

  #wake(): AudioContext {
    const context = new AudioContext({ latencyHint: "playback" });
    const resume = () => void context.resume().catch(() => undefined);
    // A routed element is silent while its context sleeps: a lost loudspeaker or a phone call must not last.
    context.addEventListener("statechange", () => context.state !== "running" && resume());
    context.addEventListener("error", resume); // its loudspeaker is gone; by now there may be another
    navigator.mediaDevices?.addEventListener("devicechange", resume);
    for (const sign of ["pointerdown", "keydown"] as const) addEventListener(sign, resume);
    document.addEventListener("visibilitychange", resume);
    return context;
  }

  /** The element is led through the graph only once the graph is known to run. */
  #route(): void {
    const context = this.#context;
    if (this.#meter || !context || context.state !== "running") return;
    this.#meter = new AnalyserNode(context, { fftSize: WINDOW });
    this.#gain = new GainNode(context, { gain: this.#volume });
    context.createMediaElementSource(this.audio).connect(this.#meter).connect(this.#gain);
    this.#gain.connect(context.destination);
    this.audio.volume = 1;
    this.audio.muted = false;
  }
}
