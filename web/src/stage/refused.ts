/** What a refusal of an invitation means for its page. Pure. */

import type { Problem } from "../shared/protocol";

export type Refusal =
  | { readonly at: "name"; readonly problem: Problem | null }
  | { readonly at: "closed"; readonly problem: Problem };

/** An invitation without a name asks for one, and again when the studio does not take it. */
export function refused(problem: Problem, name: string | null): Refusal {
  if (problem.code === "name_needed") return { at: "name", problem: null };
  if (name !== null && problem.code === "invalid_field") return { at: "name", problem };
  return { at: "closed", problem };
}
