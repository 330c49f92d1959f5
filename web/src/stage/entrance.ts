/** A guest's way in: the key, perhaps a name, then the stage. */

import { signal } from "@preact/signals";
import { HttpError } from "../shared/http";
import type { Problem } from "../shared/protocol";
import { Engine } from "../shared/talk/engine";
import { stageUrls } from "../shared/talk/stage-link";
import { api } from "./api";
import { refused } from "./refused";

export type Entry =
  | { readonly at: "opening" }
  | { readonly at: "name"; readonly problem: Problem | null }
  | { readonly at: "closed"; readonly problem: Problem | null }
  | { readonly at: "in"; readonly engine: Engine }
  | { readonly at: "left" };

export class Entrance {
  readonly entry = signal<Entry>({ at: "opening" });
  readonly #show: string;
  readonly #key: string | null;

  constructor(show: string, key: string | null) {
    this.#show = show;
    this.#key = key;
    void this.enter(null);
  }

  /** With the invitation's key, or by the session that a reload left. */
  async enter(name: string | null): Promise<void> {
    try {
      const session = await (this.#key ? api.enter(this.#key, name) : api.session());
      const mine = session.role === "guest" && session.show === this.#show;
      this.entry.value = mine
        ? { at: "in", engine: engineOf(this.#show) }
        : { at: "closed", problem: null };
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      this.entry.value = refused(error.problem, name);
    }
  }

  leave(): void {
    if (this.entry.value.at === "in") this.entry.value.engine.close();
    this.entry.value = { at: "left" };
  }
}

function engineOf(show: string): Engine {
  return new Engine({
    urls: stageUrls(location.origin, show, { as: "guest" }),
    allowed: () =>
      api.session().then(
        (session) => session.role === "guest" && session.show === show,
        (error: unknown) => !(error instanceof HttpError && error.status === 401),
      ),
  });
}
