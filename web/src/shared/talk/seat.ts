/** This page's place at the microphone: a table, and nothing else. */

/**
 * - `out`: not connected; a page with an open microphone offers it
 * - `offering`: the studio was asked
 * - `joining`: the studio said yes, the sound is finding its way
 * - `in`: the studio hears this page
 * - `mending`: the way seems broken; another one is looked for, for the same connection
 * - `waiting`: it did not work; the next attempt comes by itself
 * - `elsewhere`: another window has the microphone
 * - `taken`: another window took it from this one
 */
export type Seat =
  | "out"
  | "offering"
  | "joining"
  | "in"
  | "mending"
  | "waiting"
  | "elsewhere"
  | "taken";

export type SeatEvent =
  | "offered"
  | "answered"
  | "connected"
  | "lost" // the way of the sound broke
  | "late" // no sound got through in time
  | "stalled" // the sound stopped
  | "broken" // the network changed: sound and socket stopped together
  | "flowing" // sound comes again
  | "again" // the wait is over
  | "occupied" // the studio refused: another window has it
  | "refused" // the studio refused for another reason
  | "taken"
  | "dropped" // the socket closed
  | "forgotten" // the studio knows nothing of it any more, or no sound comes from there
  | "left";

type Row = Partial<Record<SeatEvent, Seat>>;

const ENDINGS: Row = { lost: "waiting", late: "waiting", refused: "waiting", left: "out" };

// `elsewhere` and `taken` outlive a lost socket on purpose: only a person's click takes the microphone
// back, or two windows would snatch it from each other at every restart of the studio.
export const SEAT: Readonly<Record<Seat, Row>> = {
  out: { offered: "offering" },
  offering: {
    ...ENDINGS,
    answered: "joining",
    occupied: "elsewhere",
    taken: "taken",
    dropped: "out",
  },
  joining: { ...ENDINGS, connected: "in", occupied: "elsewhere", taken: "taken", dropped: "out" },
  // A voice does not hang on the socket: it goes on while the socket finds its way back.
  in: {
    ...ENDINGS,
    taken: "taken",
    forgotten: "out",
    offered: "offering",
    stalled: "mending",
    broken: "out",
  },
  // What does not mend soon is made anew, beside the old connection.
  mending: {
    lost: "out",
    late: "out",
    broken: "out",
    refused: "out",
    left: "out",
    taken: "taken",
    forgotten: "out",
    offered: "offering",
    flowing: "in",
  },
  waiting: { offered: "offering", again: "out", taken: "taken", dropped: "out", left: "out" },
  elsewhere: { offered: "offering", left: "out" },
  taken: { offered: "offering", left: "out" },
};

/** The seat after `event`; an event that means nothing in this state changes nothing. */
export function move(seat: Seat, event: SeatEvent): Seat {
  return SEAT[seat][event] ?? seat;
}
