/** The audio element as the machine sees it: what it was told to do, and what it reports. */
import type { Event } from "./machine";
import { silentWav } from "./silence";

/** Plays and pauses on command and tells apart what the listener, the system and the browser did. */
export class Element {
  readonly #audio: HTMLAudioElement;
  readonly #tell: (event: Event) => void;
  #wanted = false;
  #silence = "";

  constructor(audio: HTMLAudioElement, tell: (event: Event) => void) {
    this.#audio = audio;
    this.#tell = tell;
    audio.preload = "auto";
    audio.addEventListener("pause", () => this.#paused());
    audio.addEventListener("ended", () => !audio.loop && tell({ type: "drained" }));
    audio.addEventListener("canplay", () => this.#wanted && audio.paused && this.play());
  }

  /** Inside a gesture: holds the element open with silence until there is something to hear. */
  arm(): void {
    const file = new Blob([silentWav(2)], { type: "audio/wav" });
    this.#silence = URL.createObjectURL(file);
    this.#audio.src = this.#silence;
    this.#audio.loop = true;
    this.play();
  }

  /** A new source takes the element over: a pause that comes of it is nobody's wish. */
  release(): void {
    this.#wanted = false;
    if (this.#silence) URL.revokeObjectURL(this.#silence);
    this.#silence = "";
  }

  play(): void {
    this.#wanted = true;
    this.#audio.play().catch((error: unknown) => {
      const refused = error instanceof DOMException && error.name === "NotAllowedError";
      if (refused && this.#wanted) {
        this.#wanted = false;
        this.#tell({ type: "refused" });
      }
    });
  }

  pause(): void {
    this.#wanted = false;
    this.#audio.pause();
  }

  /** Headphones pulled out, a phone call, the lock screen: the system paused, so the listener did. */
  #paused(): void {
    if (!this.#wanted || this.#audio.ended || this.#audio.seeking || !this.#audio.src) return;
    this.#wanted = false;
    this.#tell({ type: "pause" });
  }
}
