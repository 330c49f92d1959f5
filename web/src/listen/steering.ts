/** Keeps a steady distance behind live: reads the clocks, sets the playback rate. */
import { signal } from "@preact/signals";
import { type Milli, milli, type Seconds, seconds } from "../shared/units";
import {
  behind,
  calmed,
  estimate,
  LEAST,
  NO_OFFSET,
  observe,
  rate,
  smooth,
  stalled,
  type Target,
} from "./latency";
import type { Source } from "./source";

export class Steering {
  /** Behind live, for the eye; null = not known or not listening live. */
  readonly behind = signal<Seconds | null>(null);
  readonly #audio: HTMLAudioElement;
  #offset = NO_OFFSET;
  #target: Target = { distance: LEAST, since: milli(0) };

  constructor(audio: HTMLAudioElement) {
    this.#audio = audio;
  }

  /** The server's clock said `server` when ours said `local`. */
  clock(server: Milli, local: Milli): void {
    this.#offset = observe(this.#offset, server, local);
  }

  get distance(): Seconds {
    return this.#target.distance;
  }

  /** Where live is now in media time; null while the server's clock is not known. */
  live(epoch_ms: number | null, now: Milli): Seconds | null {
    const offset = estimate(this.#offset);
    if (offset === null || epoch_ms === null) return null;
    return behind(milli(epoch_ms), seconds(0), milli(now + offset));
  }

  /** The buffer ran dry: keep a greater distance. */
  stalled(now: Milli): void {
    this.#target = stalled(this.#target, now);
  }

  /** Sound is playing from `source`, `live` as above; `hurry` unless the listener chose to be behind. */
  steer(source: Source, epoch_ms: number, live: Seconds, hurry: boolean, now: Milli): void {
    const media = source.media(epoch_ms);
    if (media === null) return;
    const distance = seconds(live - media);
    this.behind.value = smooth(this.behind.value, distance);
    this.#target = calmed(this.#target, now);
    if (!source.steerable) return;
    const wanted = hurry ? rate(distance, this.#target.distance, this.#audio.playbackRate) : 1;
    if (this.#audio.playbackRate !== wanted) this.#audio.playbackRate = wanted;
  }

  /** Nothing live plays. */
  rest(): void {
    this.behind.value = null;
  }
}
