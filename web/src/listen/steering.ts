/** Keeps a steady distance behind live: reads the clocks, sets the playback rate. */
import { signal } from "@preact/signals";
import { type Milli, milli, type Seconds, seconds } from "../shared/units";
import {
  behind,
  calmed,
  estimate,
  FAR,
  NO_OFFSET,
  NO_SLACK,
  observe,
  rate,
  smooth,
  stalled,
  strayed,
  target,
} from "./latency";
import type { Source } from "./source";

/** A leap to live has to show in the readings before another is thought of. */
const LEAP_MS = 2000;

export class Steering {
  /** Behind live, for the eye; null = not known or not listening live. */
  readonly behind = signal<Seconds | null>(null);
  /** So far behind that the way back is worth a button. */
  readonly far = signal(false);
  readonly #audio: HTMLAudioElement;
  #offset = NO_OFFSET;
  #slack = NO_SLACK;
  #leapt: Milli = milli(0);

  constructor(audio: HTMLAudioElement) {
    this.#audio = audio;
  }

  /** The server's clock said `server` when ours said `local`. */
  clock(server: Milli, local: Milli): void {
    this.#offset = observe(this.#offset, server, local);
  }

  /** The distance from live that `source` is to keep. */
  distance(source: Source): Seconds {
    return target(source.least, this.#slack);
  }

  /** Where live is now in media time; null while the server's clock is not known. */
  live(epoch_ms: number | null, now: Milli): Seconds | null {
    const offset = estimate(this.#offset);
    if (offset === null || epoch_ms === null) return null;
    return behind(milli(epoch_ms), seconds(0), milli(now + offset));
  }

  /** The buffer ran dry: keep a greater distance. */
  stalled(now: Milli): void {
    this.#slack = stalled(this.#slack, now);
  }

  /** Sound is playing from `source`, `live` as above; `hurry` unless the listener chose to be behind. */
  steer(source: Source, epoch_ms: number, live: Seconds, hurry: boolean, now: Milli): void {
    const media = source.media(epoch_ms);
    if (media === null) return;
    const distance = seconds(live - media);
    this.behind.value = smooth(this.behind.value, distance);
    this.#slack = calmed(this.#slack, now);
    const wanted = this.distance(source);
    this.far.value = distance - wanted > FAR;
    if (hurry && strayed(distance, wanted, source.keeps) && now - this.#leapt > LEAP_MS) {
      this.#leapt = now;
      source.jump();
    }
    if (source.keeps !== "rate") return;
    const speed = hurry ? rate(distance, wanted, this.#audio.playbackRate) : 1;
    if (this.#audio.playbackRate !== speed) this.#audio.playbackRate = speed;
  }

  /** Nothing live plays. */
  rest(): void {
    this.behind.value = null;
    this.far.value = false;
  }
}
