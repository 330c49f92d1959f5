/** Which doors and which codec this browser can take. Pure: given what the browser says of itself. */
import type { Door } from "./machine";

/** `MediaSource.isTypeSupported`, or its managed kin's; null = neither exists. */
export type Supports = ((type: string) => boolean) | null;

export type Codec = "opus" | "aac";

export const HLS_MIME = "application/vnd.apple.mpegurl";

export const MIME: Readonly<Record<Codec, string>> = {
  opus: 'audio/mp4; codecs="opus"',
  aac: 'audio/mp4; codecs="mp4a.40.2"',
};

/** The codec of the push stream: Opus where it plays, it sounds better for fewer bits. */
export function codec(supports: Supports): Codec | null {
  if (!supports) return null;
  return supports(MIME.opus) ? "opus" : supports(MIME.aac) ? "aac" : null;
}

/**
 * WebKit that plays through GStreamer (GNOME's browser, WPE): there each change of the playback rate
 * empties the pipeline, and is heard as a gap of up to 0.3 s. Apple's own plays HLS by itself.
 */
export function rateIsHeard(vendor: string, hls: string): boolean {
  return vendor.startsWith("Apple") && hls === "";
}

/** How HLS is played: live by parts (six requests a second), live by segments (one), or from the start. */
export type HlsKind = "low" | "live" | "whole";

/** An edge at rest sends each part by itself; longer batches say that it is short of time. */
const AT_REST_MS = 320;

/** Live HLS by parts (RFC 8216bis), where the playlist has them, as long as the server's load allows. */
export function liveKind(batch_ms: number): HlsKind {
  return batch_ms <= AT_REST_MS ? "low" : "live";
}

/** The doors in order of preference: a push listener costs the server least and is nearest to live; HLS plays everywhere. */
export function doors(supports: Supports): readonly [Door, ...Door[]] {
  return codec(supports) ? ["push", "hls"] : ["hls"];
}
