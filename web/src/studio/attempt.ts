/** A request that somebody waits for: busy meanwhile, and a refusal is said in the server's words. */

import type { Signal } from "@preact/signals";
import { HttpError } from "../shared/http";
import type { Problem } from "../shared/protocol";

interface Asked {
  readonly busy: Signal<boolean>;
  readonly problem: Signal<Problem | null>;
  look(): Promise<void>;
}

/** Looks again afterwards, done or refused. Returns whether it was done. */
export async function attempt(asked: Asked, call: () => Promise<unknown>): Promise<boolean> {
  asked.busy.value = true;
  asked.problem.value = null;
  try {
    await call();
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    asked.problem.value = error.problem;
  }
  asked.busy.value = false;
  await asked.look();
  return asked.problem.value === null;
}
