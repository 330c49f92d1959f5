/** The replay, and a live show that one has gone back in: segments by number into a MediaSource. */
import { type Milli, milli, type Seconds, seconds } from "../../shared/units";
import { ahead, beyondGap, ranges } from "../buffered";
import { mediaSource } from "../pipe";
import type { Ear, Source, Tick } from "../source";
import { AHEAD_S, AT_ONCE, EDGE_S, plan } from "./plan";
import type { Timeline } from "./timeline";

/** What the source asks of the page, anew each time: a live show grows, and sound may be taken down. */
export interface Shelf {
  readonly timeline: Timeline;
  /** Up to where there are segments. */
  readonly end: Seconds;
  /** The show goes on: what is not there yet will come. */
  readonly live: boolean;
  /** The initialisation segment. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** Asks anew what was taken down, and which breaks there are. */
  refresh(): Promise<void>;
}

interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Null for the head. */
  readonly segment: number | null;
  /** What its times are moved by. */
  readonly shift: Seconds;
}

/** Kept behind what is heard: one goes back by as much most often. */
const BEHIND_S = 90;
/** Less than this ahead is heard as a stop. */
const STARVED_S = 0.3;
const RETRY_MS = 600;
/** Sound that has moved so far is heard, and not only decoded. */
const HEARD_S = 0.4;
/** Looks until a standstill is not that of a browser at work any more: half a second. */
const PATIENCE = 2;
/** So many segments before the newest of a live show, a segment that is not there will not come. */
const SETTLED = 5;

export class RecordSource implements Source {
  readonly keeps = "itself";
  readonly least = seconds(0);
  readonly #audio: HTMLAudioElement;
  readonly #folder: string;
  readonly #mime: string;
  readonly #shelf: Shelf;
  readonly #ear: Ear;
  #media: MediaSource | null = null;
  #buffer: SourceBuffer | null = null;
  #address = "";
  #placed = false;
  #at = seconds(0);
  #opened: Milli = milli(0);
  #resting: Milli = milli(0);
  /** Segments that may still come before sound moves: what comes after them would only be in its way. */
  #budget = AT_ONCE;
  /** Looks in a row at which it had its share and did not move. */
  #stands = 0;
  #pieces: Piece[] = [];
  /** The newest that the buffer was given. */
  #given: number | null = null;
  readonly #asked = new Map<number, AbortController>();
  readonly #holes = new Set<number>();
  readonly #doubted = new Set<number>();
  #stop = new AbortController();

  /** `folder` holds the segments of one codec. */
  constructor(audio: HTMLAudioElement, folder: string, mime: string, shelf: Shelf, ear: Ear) {
    this.#audio = audio;
    this.#folder = folder;
    this.#mime = mime;
    this.#shelf = shelf;
    this.#ear = ear;
  }

  /** One that was opened before it was asked for stays as it is. */
  open(at: Seconds): void {
    if (this.#media) {
      if (Math.abs(at - this.#at) > EDGE_S) this.seek(at);
      return;
    }
    this.close();
    const Kind = mediaSource();
    if (Kind === null) throw new Error("no MediaSource");
    this.#at = at;
    this.#placed = false;
    this.#budget = AT_ONCE;
    this.#opened = milli(Date.now());
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const media = new Kind();
    this.#media = media;
    this.#address = URL.createObjectURL(media);
    media.addEventListener("sourceopen", () => this.#begin(media), { once: true, signal });
    this.#audio.addEventListener("seeking", () => this.#seeking(), { signal });
    this.#audio.addEventListener("timeupdate", () => this.#work(), { signal });
    this.#audio.disableRemotePlayback = true; // ManagedMediaSource opens only then
    this.#audio.loop = false;
    this.#audio.src = this.#address;
    this.#pieces = [{ bytes: this.#shelf.head, segment: null, shift: seconds(0) }];
    this.#ask(); // beside the opening of the MediaSource, not after it
  }

  close(): void {
    this.#stop.abort();
    for (const request of this.#asked.values()) request.abort();
    this.#asked.clear();
    this.#pieces = [];
    this.#media = this.#buffer = null;
    if (!this.#address) return;
    URL.revokeObjectURL(this.#address);
    if (this.#audio.src === this.#address) {
      this.#audio.removeAttribute("src");
      this.#audio.load();
    }
    this.#address = "";
  }

  seek(at: Seconds): void {
    this.#at = at;
    this.#budget = AT_ONCE; // before the element says so: it may want more meanwhile
    this.#stands = 0;
    if (this.#placed) this.#audio.currentTime = at;
    this.#seeking(); // not when the element says so, a moment later
  }

  finish(): void {
    // The shelf says where it ends.
  }

  jump(): void {
    // Live is another source's.
  }

  media(): Seconds | null {
    return null;
  }

  tick({ moving }: Tick): void {
    if (!this.#media) return;
    this.#allow(moving);
    const beyond = this.#lacks() ? beyondGap(this.#ranges(), this.#here(), moving) : null;
    if (beyond !== null) this.#audio.currentTime = beyond;
    this.#work();
    const { live, end } = this.#shelf;
    if (live && this.#placed && !this.#audio.paused && this.#here() > end - STARVED_S) {
      this.#ear.finished(); // nothing is left behind live
    }
  }

  /** Once sound moves, all that it will need; where it stands though it has had its share, another. */
  #allow(moving: boolean): void {
    const { paused, seeking } = this.#audio;
    const heard = moving && !seeking && Math.abs(this.#here() - this.#at) > HEARD_S;
    const stands = !heard && !paused && this.#asked.size === 0;
    this.#stands = stands ? this.#stands + 1 : 0;
    if (heard) this.#budget = Number.POSITIVE_INFINITY;
    else if (this.#stands >= PATIENCE) this.#budget = Math.max(this.#budget, 1);
  }

  /** What should be heard now will not come: a file is lost. */
  #lacks(): boolean {
    const under = this.#asked.size > 0 || this.#pieces.length > 0 || this.#buffer?.updating;
    if (under || !this.#placed) return false;
    const { timeline } = this.#shelf;
    return !this.#wanted().includes(timeline.segment(seconds(this.#here() + EDGE_S)));
  }

  #begin(media: MediaSource): void {
    const buffer = media.addSourceBuffer(this.#mime);
    this.#buffer = buffer;
    if (!this.#shelf.live) media.duration = this.#shelf.end;
    const { signal } = this.#stop;
    buffer.addEventListener("updateend", () => this.#grown(), { signal });
    buffer.addEventListener("error", () => this.#lose("media"), { signal });
    this.#append();
  }

  #grown(): void {
    if (!this.#placed) {
      this.#placed = true;
      if (this.#at > 0) this.#audio.currentTime = this.#at;
    }
    this.#append();
    this.#work();
  }

  #seeking(): void {
    const at = this.#here();
    // A seek of ours had its share when it was asked for, and may have used it up by now.
    if (Math.abs(at - this.#at) > EDGE_S) this.#budget = AT_ONCE;
    this.#at = at;
    // What was on its way for the place before stands in nobody's way.
    const wanted = new Set(this.#wanted());
    for (const [segment, request] of this.#asked) {
      if (wanted.has(segment)) continue;
      this.#asked.delete(segment);
      request.abort();
    }
    this.#pieces = this.#pieces.filter(({ segment }) => segment === null || wanted.has(segment));
    this.#resting = milli(0);
    this.#work();
  }

  #here(): Seconds {
    return this.#placed ? seconds(this.#audio.currentTime) : this.#at;
  }

  #ranges() {
    return this.#buffer ? ranges(this.#buffer.buffered) : [];
  }

  #wanted(): number[] {
    const { timeline, end } = this.#shelf;
    return plan(timeline, this.#ranges(), this.#here(), end, this.#holes);
  }

  #work(): void {
    if (!this.#media) return;
    this.#ask();
    this.#forget();
    const all = this.#asked.size === 0 && this.#pieces.length === 0 && !this.#buffer?.updating;
    const over = all && !this.#shelf.live && this.#placed && this.#wanted().length === 0;
    const last = this.#here() + AHEAD_S > this.#shelf.end;
    if (over && last && this.#media.readyState === "open") this.#media.endOfStream();
  }

  #ask(): void {
    if (Date.now() < this.#resting) return;
    // What is being appended is not buffered yet, and would be asked for again.
    const held = new Set(this.#pieces.map(({ segment }) => segment));
    if (this.#buffer?.updating) held.add(this.#given);
    for (const segment of this.#wanted()) {
      const room = Math.min(AT_ONCE, this.#budget) - this.#asked.size;
      const here = held.has(segment) || this.#asked.has(segment);
      if (!here && room > 0) void this.#fetch(segment);
    }
  }

  async #fetch(segment: number): Promise<void> {
    const request = new AbortController();
    this.#asked.set(segment, request);
    try {
      const { timeline } = this.#shelf;
      const url = `${this.#folder}/${timeline.file(segment)}`;
      const response = await fetch(url, { signal: request.signal });
      if (response.ok) {
        const bytes = new Uint8Array(await response.arrayBuffer());
        if (this.#asked.get(segment) !== request) return; // a seek went elsewhere meanwhile
        this.#pieces.push({ bytes, segment, shift: timeline.shift(segment) });
        this.#budget -= 1;
      } else if (response.status === 404 || response.status === 410) {
        await this.#missed(segment);
      } else this.#rest();
    } catch {
      if (!request.signal.aborted) this.#rest();
    }
    if (this.#asked.get(segment) !== request) return;
    this.#asked.delete(segment);
    this.#append();
  }

  /** Not there: not yet, by another name, or no more. */
  async #missed(segment: number): Promise<void> {
    const { live, timeline, end } = this.#shelf;
    if (live && segment > timeline.segment(end) - SETTLED) this.#rest();
    else if (this.#doubted.has(segment)) this.#holes.add(segment);
    else {
      this.#doubted.add(segment);
      await this.#shelf.refresh();
    }
  }

  /** The network failed: again in a moment; it is lost only when nothing is left to hear. */
  #rest(): void {
    this.#resting = milli(Date.now() + RETRY_MS);
    if (ahead(this.#ranges(), this.#here()) < STARVED_S && !this.#shelf.live)
      this.#lose("connection");
  }

  #append(): void {
    const buffer = this.#buffer;
    const piece = this.#pieces[0];
    if (!buffer || buffer.updating || !piece || this.#media?.readyState === "closed") return;
    try {
      if (buffer.timestampOffset !== piece.shift) buffer.timestampOffset = piece.shift;
      buffer.appendBuffer(piece.bytes);
      this.#given = piece.segment;
      this.#pieces.shift();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "QuotaExceededError") {
        this.#lose("media");
      } else if (!this.#drop(5)) this.#pieces.shift();
    }
  }

  #forget(): void {
    const oldest = this.#ranges()[0];
    if (oldest && oldest.start < this.#here() - 2 * BEHIND_S) this.#drop(BEHIND_S);
  }

  /** Forgets what is further behind than `keep`, or else what is far ahead. Whether there was any. */
  #drop(keep: number): boolean {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating || this.#media?.readyState !== "open") return false;
    const all = this.#ranges();
    const [from, to] = [this.#here() - keep, this.#here() + 60];
    const first = all[0];
    const last = all.at(-1);
    if (first && first.start < from - 1) buffer.remove(0, from);
    else if (last && last.end > to + 1) buffer.remove(to, Number.POSITIVE_INFINITY);
    else return false;
    return true;
  }

  #lose(cause: "connection" | "media"): void {
    if (this.#stop.signal.aborted) return;
    const after = milli(Date.now() - this.#opened);
    this.#at = this.#here();
    this.close();
    this.#ear.lost(cause, after);
  }
}
