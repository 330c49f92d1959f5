/** The push stream: one long response, appended to a MediaSource as it comes. */
import { type Milli, milli, type Seconds, seconds } from "../shared/units";
import { beyondGap, entry, forget, ranges } from "./buffered";
import { LEAST } from "./latency";
import type { Cause } from "./machine";
import { Pipe } from "./pipe";
import { beat, type Rhythm, rhythm, silent } from "./rhythm";
import type { Ear, Source, Tick } from "./source";

/** A server that has not answered by now is not going to; a slow mobile network needs three round trips. */
const ANSWER_MS = 6000;

/** GStreamer's queue before the loudspeaker: a second, filled as soon as there is something to fill it with. */
const IN_HAND = 1;

export class PushSource implements Source {
  readonly keeps;
  readonly least;
  readonly #inHand;
  readonly #audio: HTMLAudioElement;
  readonly #url: string;
  readonly #mime: string;
  readonly #ear: Ear;
  #pipe: Pipe | null = null;
  #abort: AbortController | null = null;
  #rhythm: Rhythm = rhythm(milli(0));
  #opened: Milli = milli(0);
  #answered = false;
  /** Connections asked for so far. */
  #turns = 0;
  #placed = false;
  #moving = false;
  #wanted: Seconds | null = null;

  /** `rates`: the playback rate may be changed without being heard. */
  constructor(audio: HTMLAudioElement, url: string, mime: string, rates: boolean, ear: Ear) {
    this.keeps = rates ? ("rate" as const) : ("jump" as const);
    this.#inHand = rates ? 0 : IN_HAND;
    this.least = seconds(LEAST + this.#inHand);
    this.#audio = audio;
    this.#url = url;
    this.#mime = mime;
    this.#ear = ear;
  }

  open(): void {
    this.#abort?.abort();
    this.#abort = new AbortController();
    this.#opened = milli(Date.now());
    this.#rhythm = rhythm(this.#opened);
    this.#answered = false;
    if (this.#pipe === null) {
      this.#placed = false;
      this.#pipe = new Pipe(this.#audio, this.#mime, {
        grown: () => this.#place(),
        broken: () => this.#lose("media"),
      });
    }
    this.#pipe.restart();
    void this.#read(this.#abort.signal);
  }

  close(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#pipe?.close();
    this.#pipe = null;
  }

  seek(): void {
    // Live is where it is.
  }

  finish(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#pipe?.finish();
  }

  /** Never back: the newest may be what is heard. */
  jump(): void {
    const to = this.#entry();
    if (to !== null && to <= this.#audio.currentTime) return;
    this.#placed = false;
    this.#place();
  }

  media(): Seconds | null {
    return this.#placed ? seconds(this.#audio.currentTime - this.#inHand) : null;
  }

  tick({ now, live, distance, here, moving }: Tick): void {
    this.#moving = moving;
    this.#wanted = live === null ? null : seconds(live - distance);
    this.#place();
    this.#pipe?.forget(forget(this.#ranges(), seconds(this.#audio.currentTime)));
    if (this.#abort === null || !here) return;
    const dead = this.#answered ? silent(this.#rhythm, now) : now - this.#opened > ANSWER_MS;
    if (dead) this.#lose("silence");
  }

  async #read(signal: AbortSignal): Promise<void> {
    try {
      // Where a connection went dead, those that the browser keeps in reserve are dead as well. It has none
      // for requests without cookies, so every other one is such; a guard at a proxy may want them.
      const credentials = this.#turns++ % 2 ? "omit" : "same-origin";
      const response = await fetch(this.#url, { signal, cache: "no-store", credentials });
      if (!response.ok || !response.body) {
        return this.#lose(
          response.status === 409 || response.status === 404 ? "not_live" : "connection",
        );
      }
      const reader = response.body.getReader();
      for (let got = await reader.read(); !got.done; got = await reader.read())
        this.#take(got.value);
      if (!signal.aborted) this.#end();
    } catch {
      if (!signal.aborted) this.#lose("connection");
    }
  }

  #take(bytes: Uint8Array<ArrayBuffer>): void {
    this.#rhythm = beat(this.#rhythm, milli(Date.now()));
    this.#pipe?.push(bytes);
    if (this.#answered) return;
    this.#answered = true;
    this.#ear.flowing();
  }

  #end(): void {
    this.#abort = null;
    this.#ear.finished();
  }

  #lose(cause: Cause): void {
    this.#abort?.abort();
    this.#abort = null;
    const after = this.#answered ? Date.now() - this.#opened : 0;
    this.#ear.lost(cause, after);
  }

  #ranges() {
    return ranges(this.#audio.buffered);
  }

  #entry(): Seconds | null {
    const all = this.#ranges();
    const newest = all.at(-1)?.end ?? 0;
    return entry(all, this.#wanted ?? seconds(newest - LEAST / 2 - this.#inHand));
  }

  /** Puts the playhead where there is sound: at first, and at every gap. */
  #place(): void {
    const all = this.#ranges();
    const at = seconds(this.#audio.currentTime);
    const to = this.#placed ? beyondGap(all, at, this.#moving) : this.#entry();
    if (to === null) return;
    this.#placed = true;
    this.#audio.currentTime = to;
  }
}
