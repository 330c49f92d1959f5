/** Listens to the open microphone and says how loud it is. */

import { levelOfDb } from "../thread/geometry";
import { milli } from "../units";
import { Judge, peakDb, rmsDb, SILENCE_DB, type Verdict } from "./level";

// 10 readings a second of 43 ms (2,048 samples at 48 kHz): words, not a dance.
const EVERY_MS = 100;
const WINDOW = 2_048;

export class Meter {
  readonly #context = new AudioContext();
  readonly #analyser: AnalyserNode;
  readonly #samples = new Float32Array(WINDOW);
  readonly #judge = new Judge();
  readonly #timer: number;
  readonly #source: MediaStreamAudioSourceNode;

  constructor(stream: MediaStream, onVerdict: (verdict: Verdict) => void) {
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = WINDOW;
    this.#source = this.#context.createMediaStreamSource(stream);
    this.#source.connect(this.#analyser);
    this.#timer = window.setInterval(() => onVerdict(this.#read()), EVERY_MS);
  }

  /** The voice now, 0..1, for the thread. */
  level(): number {
    return levelOfDb(this.db());
  }

  db(): number {
    if (this.#context.state !== "running") return SILENCE_DB;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return rmsDb(this.#samples);
  }

  #read(): Verdict {
    // A page that opened its microphone without a press may find its audio context held back.
    if (this.#context.state === "suspended") void this.#context.resume();
    const rms_db = this.db();
    return this.#judge.hear({
      rms_db,
      peak_db: peakDb(this.#samples),
      at_ms: milli(performance.now()),
    });
  }

  close(): void {
    window.clearInterval(this.#timer);
    this.#source.disconnect();
    void this.#context.close();
  }
}
