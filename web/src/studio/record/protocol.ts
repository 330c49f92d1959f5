/** What the server says and is told. Made by web/protocol.py from the server's types: do not edit.
 *  docs/PROTOCOL.md has the prose. */

import type { Milli, Seconds } from "../../shared/units";

/** What a show takes on this disk, in bytes. */
export interface Bytes {
  readonly programme: number;
  readonly tracks: number;
  readonly exports: number;
  readonly total: number;
}

/** A named moment of playing time. */
export interface Chapter {
  readonly start_s: Seconds;
  readonly title: string;
}

/** All chapters of a show. */
export interface Chapters { readonly chapters: readonly Chapter[]; }

/** A clip, by what its address says: media time. */
export interface ClipRange {
  readonly from_ms: Milli;
  readonly to_ms: Milli;
}

/** An export: what it is, how it stands, and what came out. */
export interface Export {
  readonly job: string;
  readonly show: string;
  readonly kind: Kind;
  readonly state: JobState;
  readonly made_ms: Milli;
  /** Share of the work, 0 to 1. */
  readonly done: number;
  /** What is being done, in plain words. */
  readonly step: string;
  readonly files: readonly ExportFile[];
  readonly notes: readonly string[];
  readonly code: string | null;
  readonly message: string | null;
}

/** A file that came out. */
export interface ExportFile {
  readonly name: string;
  readonly bytes: number;
  readonly url: string;
}

/** Where a job stands. */
export type JobState = "done" | "failed" | "interrupted" | "queued" | "running";

/** What is made of a show. */
export type Kind = "aac" | "archive" | "episode" | "mp3" | "opus" | "tracks" | "tracks-flac" | "tracks-wav";

/** What was deleted: for good. */
export interface Removed {
  readonly show: string;
  readonly title: string;
  readonly duration_s: Seconds | null;
  readonly bytes: Bytes;
  readonly files: number;
}

/** Where a show stands; ``stage/show.py`` has the table of transitions. */
export type State = "ended" | "live" | "planned";

/** What all shows take, the largest first, and what is left of the disk, in bytes. */
export interface Storage {
  readonly total: number;
  readonly free: number;
  readonly shows: readonly Stored[];
}

/** A show, and what it takes. */
export interface Stored {
  readonly show: string;
  readonly title: string;
  readonly state: State;
  readonly bytes: Bytes;
  /** When it will be deleted; null: never. */
  readonly deleted_ms: Milli | null;
}

/** A range that is silence now: in media time, and where it is heard. */
export interface TakenDown {
  readonly from_ms: Milli;
  readonly to_ms: Milli;
  readonly heard_from_ms: Milli;
  readonly heard_to_ms: Milli;
  /** When it was taken down. */
  readonly at_ms: Milli;
}

/** The clips that nobody can have any more. */
export interface Withdrawn { readonly withdrawn: readonly ClipRange[]; }

/** A chapter that begins now. */
export interface NewChapter { readonly title: string; }

/** What is to be made of a show. */
export interface NewExport { readonly kind: Kind; }

/** A range that is to become silence. */
export interface NewTakedown {
  readonly from_ms: Milli;
  readonly to_ms: Milli;
  /** In the time that listeners see; otherwise in media time. */
  readonly playing?: boolean;
}
