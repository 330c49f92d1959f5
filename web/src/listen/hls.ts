/** HLS: the replay, and live where push cannot be had. The browser's own player on Apple's, hls.js elsewhere. */
import type Hls from "hls.js";
import type { ErrorData } from "hls.js";
import { type Milli, milli, type Seconds, seconds } from "../shared/units";
import { beyondGap, ranges } from "./buffered";
import { HLS_MIME, type HlsKind } from "./doors";
import type { Keeps } from "./latency";
import type { Ear, Source, Tick } from "./source";

/**
 * Live by segments. One is listed when it is whole, so its first sample is 1.92 s old by then; the playlist
 * is asked for every 2 s; and as much again stays in hand for one that comes late: 1.92 + 2 + 2.4.
 * It begins further back, where RFC 8216 (6.3.3) bids it: three target durations before the playlist's end.
 */
const LIVE_DISTANCE_S = 6.3;
/** Live by parts: what the playlist asks for (PART-HOLD-BACK), and its parts of 320 ms. */
const PARTS_DISTANCE_S = 2;
/** For a player that cannot say where its live is. */
const NATIVE_DISTANCE_S = 6;

/** All that hls.js asks for has an end; a script that the page asks for has none. */
const SCRIPT_MS = 10_000;

/** As gentle as with push (`latency.ts`): below what one hears as haste. */
const CATCH_UP = 1.03;

/** Failures reach the page early and in its own words, so hls.js itself tries only once more. */
const PATIENCE = {
  default: {
    maxTimeToFirstByteMs: 6000,
    maxLoadTimeMs: 20_000,
    timeoutRetry: { maxNumRetry: 1, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: 1, retryDelayMs: 500, maxRetryDelayMs: 500 },
  },
};

/** Whether the element itself is the better player: it is where HLS comes from. */
export function nativeIsBest(audio: HTMLAudioElement): boolean {
  if (!audio.canPlayType(HLS_MIME)) return false;
  return "ManagedMediaSource" in window || !("MediaSource" in window);
}

export class HlsSource implements Source {
  readonly #rates: boolean;
  readonly #audio: HTMLAudioElement;
  readonly #url: string;
  readonly #kind: HlsKind;
  readonly #live: boolean;
  readonly #ear: Ear;
  #hls: Hls | null = null;
  /** The playlist has parts, and they are played. */
  #parts = false;
  #flowed = false;
  /** hls.js itself is being fetched. */
  #script = false;
  #opened: Milli = milli(0);
  #turn = 0;
  #stop: AbortController | null = null;

  /** `rates`: the playback rate may be changed without being heard. */
  constructor(audio: HTMLAudioElement, url: string, kind: HlsKind, rates: boolean, ear: Ear) {
    this.#audio = audio;
    this.#url = url;
    this.#kind = kind;
    this.#live = kind !== "whole";
    this.#ear = ear;
    this.#rates = rates;
  }

  /** By parts hls.js does it, and the system's own player does all by itself. */
  get keeps(): Keeps {
    return this.#hls && this.#live && this.#rates && !this.#parts ? "rate" : "itself";
  }

  get least(): Seconds {
    return seconds(this.#parts ? PARTS_DISTANCE_S : LIVE_DISTANCE_S);
  }

  /** A replay goes on from where the element stood. */
  open(at: Seconds = seconds(0)): void {
    this.close();
    this.#opened = milli(Date.now());
    this.#flowed = false;
    this.#stop = new AbortController();
    this.#audio.loop = false;
    if (nativeIsBest(this.#audio)) this.#native(at, this.#stop.signal);
    else void this.#light(at, this.#turn);
  }

  close(): void {
    this.#turn += 1;
    this.#script = false;
    this.#stop?.abort();
    this.#hls?.destroy();
    this.#hls = null;
    if (this.#audio.src === new URL(this.#url, location.href).href)
      this.#audio.removeAttribute("src");
  }

  seek(at: Seconds): void {
    this.#audio.currentTime = at;
  }

  finish(): void {
    // The playlist says by itself where it ends.
  }

  jump(): void {
    const { seekable } = this.#audio;
    const end = seekable.length ? seekable.end(seekable.length - 1) - NATIVE_DISTANCE_S : null;
    const to = this.#hls?.liveSyncPosition ?? end;
    if (to !== null) this.#audio.currentTime = to;
  }

  tick({ now, moving }: Tick): void {
    if (!this.#live) return;
    if (this.#script && now - this.#opened > SCRIPT_MS) {
      this.#lose("connection");
      return;
    }
    const at = seconds(this.#audio.currentTime);
    const beyond = beyondGap(ranges(this.#audio.buffered), at, moving);
    if (beyond !== null) this.#audio.currentTime = beyond;
  }

  media(epoch_ms: number): Seconds | null {
    if (!this.#live) return seconds(this.#audio.currentTime);
    const start = (this.#audio as { getStartDate?: () => Date }).getStartDate?.().getTime();
    const native = start === undefined ? null : start + this.#audio.currentTime * 1000;
    const date = this.#hls ? this.#hls.playingDate?.getTime() : native;
    return date === undefined || date === null || Number.isNaN(date)
      ? null
      : seconds((date - epoch_ms) / 1000);
  }

  #native(at: Seconds, signal: AbortSignal): void {
    const audio = this.#audio;
    audio.disableRemotePlayback = false;
    audio.src = this.#url;
    audio.addEventListener("loadedmetadata", () => this.#start(at), { once: true, signal });
    audio.addEventListener("error", () => this.#lose("connection"), { signal });
  }

  async #light(at: Seconds, turn: number): Promise<void> {
    this.#script = true;
    try {
      const { default: Player } = await import("hls.js/light");
      if (turn !== this.#turn) return;
      this.#script = false;
      const hls = new Player({
        enableWorker: false, // a worker made of a blob would need a wider policy than 'self'
        startPosition: this.#live ? -1 : at,
        lowLatencyMode: this.#kind === "low",
        maxLiveSyncPlaybackRate: this.#rates ? CATCH_UP : 1, // only in that mode: what was lost by a stall is made up
        // No distance of ours: three target durations, or what the playlist says with low latency.
        backBufferLength: this.#live ? 30 : 120,
        maxBufferLength: 30,
        manifestLoadPolicy: PATIENCE,
        playlistLoadPolicy: PATIENCE,
        fragLoadPolicy: PATIENCE,
      });
      this.#hls = hls;
      hls.on(Player.Events.ERROR, (_, data) => this.#failed(data));
      hls.on(Player.Events.LEVEL_LOADED, (_, { details }) => {
        this.#parts = this.#kind === "low" && details.partTarget > 0;
        hls.lowLatencyMode = this.#parts;
      });
      hls.once(Player.Events.FRAG_BUFFERED, () => this.#flow());
      hls.loadSource(this.#url);
      hls.attachMedia(this.#audio);
    } catch {
      if (turn === this.#turn) this.#lose("connection");
    }
  }

  #start(at: Seconds): void {
    if (!this.#live) this.#audio.currentTime = at;
    this.#flow();
  }

  #flow(): void {
    this.#flowed = true;
    this.#ear.flowing();
  }

  #failed({ fatal, type }: ErrorData): void {
    if (fatal) this.#lose(type === "mediaError" ? "media" : "connection");
  }

  #lose(cause: "connection" | "media"): void {
    const after = this.#flowed ? Date.now() - this.#opened : 0;
    this.close();
    this.#ear.lost(cause, after);
  }
}
