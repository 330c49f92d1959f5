import type { Problem } from "../shared/protocol";
import { Thread } from "../shared/thread/thread";
import { Page } from "../shared/ui/page";

export interface ClosedProps {
  readonly page: "owner" | "host";
  /** What the server said to the key, or `null` when there was none. */
  readonly problem: Problem | null;
}

/** The studio's closed door: what happened, and how to get in. */
export function Closed({ page, problem }: ClosedProps) {
  const silent = problem?.code === "no_answer";
  const title = silent
    ? "The studio does not answer"
    : problem
      ? "This link does not open"
      : "The studio";
  return (
    <Page place="Studio">
      <h1>{title}</h1>
      <Thread lamp="off" />
      <div class="stack">
        {problem && <p class="lead">{problem.message}</p>}
        {silent ? <Retry /> : page === "owner" ? <ForOwners /> : <ForHosts />}
      </div>
    </Page>
  );
}

function ForOwners() {
  return (
    <>
      <p class="lead">
        Shows are made here, by the owner of this place. The owner's link opens it.
      </p>
      <p>
        Each link works once. For a new one, type this on the computer where Viva Voce runs:{" "}
        <code>vivavoce link</code>
      </p>
      <p class="soft">Came to listen? Open the link of the show instead; it needs no account.</p>
    </>
  );
}

function ForHosts() {
  return (
    <>
      <p class="lead">A show's studio opens with its host link.</p>
      <p>
        Ask the owner of the show for the host link, or for a new one if yours has stopped working.
      </p>
      <p class="soft">Came to listen? Open the listen link instead; it needs no account.</p>
    </>
  );
}

function Retry() {
  return (
    <p>
      <a href={location.pathname}>Try again</a>
    </p>
  );
}
