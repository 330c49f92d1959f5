/** A clip's sound: one file, one element. */
import { signal } from "@preact/signals";
import { type Seconds, seconds } from "../shared/units";

export class Playback {
  readonly playing = signal(false);
  readonly position = signal<Seconds>(seconds(0));
  /** It could not be played. */
  readonly failed = signal(false);
  readonly #audio = new Audio();

  /** `base` is the clip's address without an ending. */
  constructor(base: string) {
    const audio = this.#audio;
    const opus = audio.canPlayType('audio/ogg; codecs="opus"') === "probably";
    audio.preload = "auto";
    audio.src = `${base}.${opus ? "opus" : "m4a"}`;
    audio.addEventListener("play", () => this.#is(true));
    audio.addEventListener("pause", () => this.#is(false));
    audio.addEventListener("error", () => {
      this.failed.value = true;
    });
    for (const sign of ["timeupdate", "seeked", "ended"] as const)
      audio.addEventListener(sign, () => this.#read());
  }

  toggle(): void {
    if (!this.#audio.paused) this.#audio.pause();
    else this.#audio.play().catch(() => this.#is(false));
  }

  seek(at: Seconds): void {
    this.#audio.currentTime = at;
    this.position.value = at;
  }

  #is(playing: boolean): void {
    this.playing.value = playing;
  }

  #read(): void {
    this.position.value = seconds(this.#audio.currentTime);
  }
}
