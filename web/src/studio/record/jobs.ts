/** The exports of one show, as the studio has them. */

import { computed, signal } from "@preact/signals";
import type { Problem } from "../../shared/protocol";
import { attempt } from "../attempt";
import { underWay } from "./export-words";
import type { Export, Kind } from "./protocol";
import { recordApi as api } from "./record-api";

// Often enough to see it move; a row of the database is not read for it.
const LOOK_MS = 700;

export class ExportJobs {
  readonly list = signal<readonly Export[] | null>(null);
  readonly problem = signal<Problem | null>(null);
  readonly busy = signal(false);
  readonly moving = computed(() => this.list.value?.some(underWay) ?? false);
  readonly #show: string;

  constructor(show: string) {
    this.#show = show;
  }

  /** Looks again and again while something is being made; returns what stops that. */
  watch(): () => void {
    void this.look();
    const timer = setInterval(() => {
      if (this.moving.value) void this.look();
    }, LOOK_MS);
    return () => clearInterval(timer);
  }

  look = async (): Promise<void> => {
    this.list.value = await api.exports(this.#show).catch(() => this.list.value);
  };

  make = (kind: Kind): Promise<boolean> => attempt(this, () => api.askExport(this.#show, kind));

  again = (job: string): Promise<boolean> => attempt(this, () => api.exportAgain(this.#show, job));

  remove = (job: string): Promise<boolean> =>
    attempt(this, () => api.removeExport(this.#show, job));
}
