/** What can be said of this device's microphone: a table, and how the browser's errors read in it. */

/**
 * - `insecure`: the browser gives no microphone to a page that came without HTTPS
 * - `unasked`, `asking`, `open`: on the way to sound
 * - `refused`: the person or the browser said no
 * - `absent`: there is none
 * - `busy`: another program holds it
 * - `unplugged`: it was open and went away
 * - `failed`: anything else
 */
export type Mic =
  | "insecure"
  | "unasked"
  | "asking"
  | "open"
  | "refused"
  | "absent"
  | "busy"
  | "unplugged"
  | "failed";

export type MicEvent = "ask" | "open" | "refused" | "absent" | "busy" | "failed" | "ended";

type Row = Partial<Record<MicEvent, Mic>>;

const CLOSED: Row = { ask: "asking" };

export const MIC: Readonly<Record<Mic, Row>> = {
  insecure: {},
  unasked: CLOSED,
  asking: { open: "open", refused: "refused", absent: "absent", busy: "busy", failed: "failed" },
  // Another microphone can be asked for while one is open; if that fails, none is.
  open: { ask: "asking", ended: "unplugged" },
  refused: CLOSED,
  absent: CLOSED,
  busy: CLOSED,
  unplugged: CLOSED,
  failed: CLOSED,
};

/** The microphone after `event`; an event that means nothing in this state changes nothing. */
export function turn(mic: Mic, event: MicEvent): Mic {
  return MIC[mic][event] ?? mic;
}

// Names of the DOMExceptions of getUserMedia (W3C Media Capture and Streams, section 10.2).
const ERRORS: Readonly<Record<string, MicEvent>> = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "absent",
  OverconstrainedError: "absent",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** What went wrong, from the name of the browser's error. */
export function micEventOf(errorName: string): MicEvent {
  return ERRORS[errorName] ?? "failed";
}
