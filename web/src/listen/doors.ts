/** Which doors and which codec this browser can take. Pure: given what the browser says of itself. */
import type { Door } from "./machine";

/** `MediaSource.isTypeSupported`, or its managed kin's; null = neither exists. */
export type Supports = ((type: string) => boolean) | null;

export type Codec = "opus" | "aac";

export const MIME: Readonly<Record<Codec, string>> = {
  opus: 'audio/mp4; codecs="opus"',
  aac: 'audio/mp4; codecs="mp4a.40.2"',
};

/** The codec of the push stream: Opus where it plays, it sounds better for fewer bits. */
export function codec(supports: Supports): Codec | null {
  if (!supports) return null;
  return supports(MIME.opus) ? "opus" : supports(MIME.aac) ? "aac" : null;
}

/** The doors in order of preference; HLS is the last resort everywhere. */
export function doors(supports: Supports): readonly [Door, ...Door[]] {
  return codec(supports) ? ["push", "hls"] : ["hls"];
}
