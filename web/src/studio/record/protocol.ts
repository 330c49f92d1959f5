/** What the server says and is told. Made by web/protocol.py from the server's types: do not edit.
 *  docs/PROTOCOL.md has the prose. */

import type { Milli } from "../../shared/units";

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

/** What is to be made of a show. */
export interface NewExport {
  readonly kind: Kind;
}
