import type { Problem } from "../shared/protocol";
import { Thread } from "../shared/thread/thread";
import { Page } from "../shared/ui/page";

export interface DoorProps {
  readonly problem: Problem | null;
  /** The guest went by themselves. */
  readonly left?: boolean;
}

/** A closed door: why, and what to do. */
export function Door({ problem, left = false }: DoorProps) {
  const silent = problem?.code === "no_answer";
  const title = left
    ? "You have left"
    : silent
      ? "The studio does not answer"
      : problem
        ? "This invitation does not open"
        : "The stage";
  return (
    <Page place="Stage">
      <h1>{title}</h1>
      <Thread lamp="off" />
      <div class="stack">
        {problem && <p class="lead">{problem.message}</p>}
        {left || silent ? (
          <p>
            <a href={location.pathname}>{left ? "Come back" : "Try again"}</a>
          </p>
        ) : (
          <p>The stage opens with an invitation. Ask the host for a new link.</p>
        )}
      </div>
    </Page>
  );
}
