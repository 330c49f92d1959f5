/** Makes the source for a door, by what this browser can take. */
import {
  type Codec,
  codec,
  doors,
  HLS_MIME,
  type HlsKind,
  liveKind,
  MIME,
  rateIsHeard,
} from "./doors";
import { HlsSource } from "./hls";
import type { Door } from "./machine";
import { mediaSource } from "./pipe";
import { PushSource } from "./push";
import { RecordSource, type Shelf } from "./replay/record-source";
import type { Ear, Source } from "./source";

/** A door while the show is live; or the replay, be it of a show that goes on. */
export type Way = Door | "replay" | "rewind";

export class Sources {
  /** The doors open to this browser, the best first. */
  readonly doors: readonly [Door, ...Door[]];
  readonly #codec;
  readonly #audio: HTMLAudioElement;
  readonly #base: string;
  readonly #ear: Ear;
  readonly #shelf: (codec: Codec) => Shelf;
  /** The playback rate may be changed without being heard. */
  readonly #rates: boolean;
  /** Its bytes did not play here: HLS may. */
  #unplayable = false;

  constructor(audio: HTMLAudioElement, base: string, shelf: (codec: Codec) => Shelf, ear: Ear) {
    const media = mediaSource();
    const abilities = media && ((type: string) => media.isTypeSupported(type));
    this.#audio = audio;
    this.#base = base;
    this.#ear = ear;
    this.#shelf = shelf;
    this.#codec = codec(abilities);
    this.#rates = !rateIsHeard(navigator.vendor, audio.canPlayType(HLS_MIME));
    this.doors = doors(abilities);
  }

  /** Whether a replay can be fetched before it is played, a segment or two and no more. */
  get primes(): boolean {
    const found = this.#codec;
    return found !== null && !this.#unplayable && this.#shelf(found).head.length > 0;
  }

  /** `batch_ms` is what the card says of the edge's load. */
  make(way: Way, batch_ms: number): Source {
    if (way === "replay" || way === "rewind") return this.#record(way);
    if (way !== "push" || this.#codec === null) {
      return this.#hls("index.m3u8", liveKind(batch_ms));
    }
    const query = this.#codec === "aac" ? "?codec=aac" : "";
    const url = `${this.#base}/stream.mp4${query}`;
    return new PushSource(this.#audio, url, MIME[this.#codec], this.#rates, this.#ear);
  }

  #hls(list: string, kind: HlsKind): Source {
    return new HlsSource(this.#audio, `${this.#base}/${list}`, kind, this.#rates, this.#ear);
  }

  #record(way: "replay" | "rewind"): Source {
    const found = this.#codec;
    const shelf = found === null || this.#unplayable ? null : this.#shelf(found);
    if (found === null || !shelf?.head.length) {
      const list = way === "rewind" ? "rewind.m3u8" : "index.m3u8";
      return this.#hls(list, "whole");
    }
    const ear: Ear = {
      ...this.#ear,
      lost: (cause, after_ms) => {
        this.#unplayable ||= cause === "media";
        this.#ear.lost(cause, after_ms);
      },
    };
    const folder = `${this.#base}/${found}`;
    return new RecordSource(this.#audio, folder, MIME[found], shelf, ear);
  }
}
