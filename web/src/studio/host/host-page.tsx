import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { HttpError } from "../../shared/http";
import type { Problem, Show } from "../../shared/protocol";
import { Engine } from "../../shared/talk/engine";
import { stageUrls } from "../../shared/talk/stage-link";
import { Page } from "../../shared/ui/page";
import { api } from "../api";
import { Closed } from "../closed";
import { Booth } from "./booth";

export interface HostPageProps {
  readonly show: string;
  readonly owner: boolean;
}

interface Ready {
  readonly show: Show;
  readonly engine: Engine;
}

/** Fetches the show once; from then on the stage socket tells everything. */
export function HostPage({ show, owner }: HostPageProps) {
  const found = useSignal<Ready | Problem | null>(null);
  useEffect(() => {
    api.show(show).then(
      (whole) => {
        document.title = `${whole.title} · Studio`;
        found.value = { show: whole, engine: engineOf(show) };
      },
      (error: unknown) => {
        if (!(error instanceof HttpError)) throw error;
        found.value = error.problem;
      },
    );
  }, [show, found]);
  const now = found.value;
  if (now === null) return <Page place="Studio">{null}</Page>;
  if ("code" in now) return <Closed page="host" problem={now} />;
  return <Booth show={now.show} engine={now.engine} owner={owner} />;
}

const DENIED: ReadonlySet<number> = new Set([401, 403, 404]);

function engineOf(show: string): Engine {
  return new Engine({
    urls: stageUrls(location.origin, show, {}),
    // Before each new attempt: a session that has ended is said, not tried again.
    allowed: () =>
      api.show(show).then(
        () => true,
        (error: unknown) => !(error instanceof HttpError && DENIED.has(error.status)),
      ),
  });
}
