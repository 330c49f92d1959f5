/** Whether sound still comes from the studio: its packets stop long before WebRTC calls a way broken. Pure. */

import type { Milli } from "../units";

// The studio sends every 20 ms, in silence every 400 ms at least: three of those missed is a broken
// way, and leaves time to be back within 3 s. WebRTC itself waits 5 s and more.
export const STALL_MS = 1_200;

// Before this many packets the way has not proved itself; what never flowed cannot stop.
const PROVED = 10;

export class Flow {
  #packets = 0;
  #since_ms: Milli | null = null;

  /** Takes a reading of the packets received so far; returns whether they have stopped. */
  stalled(packets: number, now_ms: Milli): boolean {
    if (packets !== this.#packets || this.#since_ms === null) {
      this.#packets = packets;
      this.#since_ms = now_ms;
      return false;
    }
    return packets >= PROVED && now_ms - this.#since_ms >= STALL_MS;
  }
}
