/** Looks after a page's connection: reads its statistics, tells the studio, notices when it breaks. */

import type { Report } from "../protocol";
import { milli } from "../units";
import { Echo } from "./echo";
import { Flow } from "./flow";
import type { Microphone } from "./mic-shell";
import type { Peer } from "./peer";
import { type Line, readLine, type Stat } from "./report";
import type { Return } from "./return";

const LEVELS_MS = 100;
// A stall must be seen in time, and a look costs a millisecond.
const LOOK_MS = 150;
const REPORT_MS = 2_000;

export interface WatchHandlers {
  readonly onReport: (report: Report) => void;
  /** Packets are late: a moment before the way is called broken. */
  readonly onDoubt: () => void;
  readonly onStalled: () => void;
  /** Packets came since the last look. */
  readonly onFlowing: () => void;
}

/** Lives as long as one peer. */
export class Watch {
  readonly #peer: Peer;
  readonly #handlers: WatchHandlers;
  readonly #flow = new Flow();
  readonly #echo = new Echo();
  readonly #timers: readonly number[];
  #line: Line | null = null;

  constructor(peer: Peer, mic: Microphone, heard: Return, handlers: WatchHandlers) {
    this.#peer = peer;
    this.#handlers = handlers;
    this.#timers = [
      window.setInterval(() => this.#echo.hear(heard.db(), mic.db() ?? -96), LEVELS_MS),
      window.setInterval(() => void this.#look(), LOOK_MS),
      window.setInterval(() => this.#report(), REPORT_MS),
    ];
  }

  close(): void {
    for (const timer of this.#timers) window.clearInterval(timer);
  }

  async #look(): Promise<void> {
    const stats: Stat[] = [];
    for (const stat of (await this.#peer.stats()).values()) stats.push(stat as Stat);
    const before = this.#line?.packets ?? 0;
    this.#line = readLine(stats);
    if (this.#line.packets > before) this.#handlers.onFlowing();
    const flowing = this.#flow.read(this.#line.packets, milli(performance.now()));
    if (flowing === "doubtful") this.#handlers.onDoubt();
    if (flowing === "stalled") this.#handlers.onStalled();
  }

  #report(): void {
    if (!this.#line) return;
    const { packets: _, ...line } = this.#line;
    this.#handlers.onReport({ type: "report", ...line, echo: this.#echo.likeness });
  }
}
