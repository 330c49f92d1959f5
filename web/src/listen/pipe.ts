/** Bytes into a MediaSource, in order, one append at a time. Knows no network and no show. */
import type { Seconds } from "../shared/units";

/** Waiting to be appended. A minute of sound is 240 kB; far more means that nothing is being appended. */
const MOST_WAITING = 4 * 1024 * 1024;

interface Outlet {
  /** More is buffered than before. */
  grown(): void;
  /** The browser will not take these bytes. */
  broken(): void;
}

/** The page's MediaSource: the managed kind where that is what exists (iPhones). */
export function mediaSource(): typeof MediaSource | null {
  const managed = (window as { ManagedMediaSource?: typeof MediaSource }).ManagedMediaSource;
  return managed ?? window.MediaSource ?? null;
}

export class Pipe {
  readonly #audio: HTMLAudioElement;
  readonly #media: MediaSource;
  readonly #address: string;
  readonly #outlet: Outlet;
  #buffer: SourceBuffer | null = null;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #restart = false;
  #finish = false;
  #open = true;

  constructor(audio: HTMLAudioElement, mime: string, outlet: Outlet) {
    const Kind = mediaSource();
    if (Kind === null) throw new Error("no MediaSource");
    this.#audio = audio;
    this.#outlet = outlet;
    this.#media = new Kind();
    this.#address = URL.createObjectURL(this.#media);
    this.#media.addEventListener("sourceopen", () => this.#begin(mime), { once: true });
    audio.disableRemotePlayback = true; // ManagedMediaSource opens only then
    audio.loop = false;
    audio.src = this.#address;
  }

  /** What comes next starts with an initialisation segment; half a box of the last connection is forgotten. */
  restart(): void {
    this.#waiting = [];
    this.#restart = true;
    this.#finish = false;
    this.#pump();
  }

  push(bytes: Uint8Array<ArrayBuffer>): void {
    this.#waiting.push(bytes);
    const waiting = this.#waiting.reduce((sum, piece) => sum + piece.length, 0);
    if (waiting > MOST_WAITING) this.#outlet.broken();
    else this.#pump();
  }

  /** Nothing more will come; the element fires `ended` when it has played what is there. */
  finish(): void {
    this.#finish = true;
    this.#pump();
  }

  /** Forgets what lies before `limit`. */
  forget(limit: Seconds | null): void {
    const buffer = this.#buffer;
    if (
      limit === null ||
      !buffer ||
      buffer.updating ||
      !this.#open ||
      this.#media.readyState !== "open"
    )
      return;
    buffer.remove(0, limit);
  }

  close(): void {
    this.#open = false;
    this.#waiting = [];
    URL.revokeObjectURL(this.#address);
    if (this.#audio.src !== this.#address) return;
    this.#audio.removeAttribute("src");
    this.#audio.load();
  }

  #begin(mime: string): void {
    if (!this.#open) return;
    const buffer = this.#media.addSourceBuffer(mime);
    buffer.addEventListener("updateend", () => {
      if (!this.#open) return;
      this.#outlet.grown();
      this.#pump();
    });
    buffer.addEventListener("error", () => this.#open && this.#outlet.broken());
    this.#buffer = buffer;
    this.#pump();
  }

  #pump(): void {
    const buffer = this.#buffer;
    if (!this.#open || !buffer || buffer.updating || this.#media.readyState === "closed") return;
    try {
      if (this.#restart && this.#media.readyState === "open") buffer.abort();
      this.#restart = false;
      const piece = this.#waiting[0];
      if (piece) {
        buffer.appendBuffer(piece);
        this.#waiting.shift();
      } else if (this.#finish && this.#media.readyState === "open") {
        this.#media.endOfStream();
      }
    } catch (error) {
      this.#refused(error);
    }
  }

  /** A full buffer makes room by forgetting; anything else is the end of this pipe. */
  #refused(error: unknown): void {
    const full = error instanceof DOMException && error.name === "QuotaExceededError";
    const limit = this.#audio.currentTime - 1;
    if (full && limit > 0 && this.#buffer && !this.#buffer.updating) this.#buffer.remove(0, limit);
    else this.#outlet.broken();
  }
}
