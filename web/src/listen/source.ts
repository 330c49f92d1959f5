/** What the player asks of a way in for the sound, push or HLS, and what it is told by it. */
import type { Milli, Seconds } from "../shared/units";
import type { Keeps } from "./latency";
import type { Cause } from "./machine";

/** Told by a source. After `lost` or `finished` it is quiet until it is opened again. */
export interface Ear {
  /** The first bytes of a connection came in. */
  flowing(): void;
  lost(cause: Cause, after_ms: number): void;
  /** The server ended the stream in good order. */
  finished(): void;
}

/** A reading of the clocks, four times a second. */
export interface Tick {
  readonly now: Milli;
  /** Where live is, in media time; null while the server's clock is not known. */
  readonly live: Seconds | null;
  /** The distance from live to keep. */
  readonly distance: Seconds;
  /** The studio is there, so silence on the line is a fault. */
  readonly here: boolean;
  /** The playhead moves. */
  readonly moving: boolean;
}

export interface Source {
  /** Connects, or connects anew; what is buffered stays. A replay begins `at`. */
  open(at: Seconds): void;
  /** Drops the connection and what it brought. */
  close(): void;
  tick(tick: Tick): void;
  /** Of a replay: to `at`, playing time. */
  seek(at: Seconds): void;
  /** To the newest sound. */
  jump(): void;
  /** Nothing more will come: let what is buffered play out. */
  finish(): void;
  /** The media time of what is being heard, seconds since the show's epoch. */
  media(epoch_ms: number): Seconds | null;
  /** How the distance from live is kept: by the playback rate, by leaving sound out, or by the source itself. */
  readonly keeps: Keeps;
  /** The distance from live that it needs on a good line. */
  readonly least: Seconds;
}
