/** Makes the source for a door, by what this browser can take. */
import { codec, doors, MIME } from "./doors";
import { HlsSource } from "./hls";
import type { Door } from "./machine";
import { mediaSource } from "./pipe";
import { PushSource } from "./push";
import type { Ear, Source } from "./source";

/** A door while the show is live, or the replay. */
export type Way = Door | "replay";

export class Sources {
  /** The doors open to this browser, the best first. */
  readonly doors: readonly [Door, ...Door[]];
  readonly #codec;
  readonly #audio: HTMLAudioElement;
  readonly #base: string;
  readonly #ear: Ear;

  constructor(audio: HTMLAudioElement, base: string, ear: Ear) {
    const media = mediaSource();
    const abilities = media && ((type: string) => media.isTypeSupported(type));
    this.#audio = audio;
    this.#base = base;
    this.#ear = ear;
    this.#codec = codec(abilities);
    this.doors = doors(abilities);
  }

  make(way: Way): Source {
    if (way !== "push" || this.#codec === null) {
      return new HlsSource(this.#audio, `${this.#base}/index.m3u8`, way !== "replay", this.#ear);
    }
    const query = this.#codec === "aac" ? "?codec=aac" : "";
    const url = `${this.#base}/stream.mp4${query}`;
    return new PushSource(this.#audio, url, MIME[this.#codec], this.#ear);
  }
}
