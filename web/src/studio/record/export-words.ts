/** What exports are called, and how they stand, in words. Pure. */

import type { Export, Kind } from "./protocol";

/** What may be asked for, the usual first. */
export const CHOICES: readonly (readonly [Kind, string])[] = [
  ["mp3", "MP3, for everything"],
  ["aac", "AAC (.m4a), for phones and podcasts"],
  ["opus", "Opus, as it was recorded"],
  ["tracks", "A track per speaker, Opus"],
  ["tracks-flac", "A track per speaker, FLAC"],
  ["tracks-wav", "A track per speaker, WAV"],
  ["archive", "Everything, as an archive"],
];

const NAMES: Readonly<Record<Kind, string>> = {
  mp3: "MP3",
  aac: "AAC",
  opus: "Opus",
  tracks: "Tracks, Opus",
  "tracks-flac": "Tracks, FLAC",
  "tracks-wav": "Tracks, WAV",
  archive: "Archive",
  episode: "Podcast episode",
};

export const nameOf = (kind: Kind): string => NAMES[kind];

export const underWay = ({ state }: Pick<Export, "state">): boolean =>
  state === "queued" || state === "running";

/** How it stands: one line for eyes and ears. */
export function standing({ state, step, done, message }: Export): string {
  switch (state) {
    case "queued":
      return "Waits for the one before it";
    case "running":
      return `${step || "Begins"}: ${Math.floor(done * 100)} %`;
    case "done":
      return "Ready";
    case "failed":
      return message ?? "It failed.";
    case "interrupted":
      return "Interrupted: the studio stopped meanwhile. Nothing of the recording is lost.";
  }
}

/** 1 234 567 → "1.2 MB": decimal units, as disks and downloads are sold. */
export function sizeText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
