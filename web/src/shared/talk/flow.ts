/** Whether sound still comes from the studio: its packets stop long before WebRTC calls a way broken. Pure. */

import type { Milli } from "../units";

/**
 * - `flowing`: packets come
 * - `doubtful`: one is late, or was lost
 * - `stalled`: the way is broken
 */
export type Flowing = "flowing" | "doubtful" | "stalled";

// The studio sends every 20 ms, and in silence every 200 ms. One that is missed may be lost; when the third is
// due, the way is broken. WebRTC itself waits 5 s and more.
export const DOUBT_MS = 350;
export const STALL_MS = 600;

// Before this many packets the way has not proved itself; what never flowed cannot stop.
const PROVED = 2;

export class Flow {
  #packets = 0;
  #since_ms: Milli | null = null;

  /** Takes a reading of the packets received so far. */
  read(packets: number, now_ms: Milli): Flowing {
    if (packets !== this.#packets || this.#since_ms === null) {
      this.#packets = packets;
      this.#since_ms = now_ms;
      return "flowing";
    }
    const silent_ms = now_ms - this.#since_ms;
    if (packets < PROVED || silent_ms < DOUBT_MS) return "flowing";
    return silent_ms < STALL_MS ? "doubtful" : "stalled";
  }
}
