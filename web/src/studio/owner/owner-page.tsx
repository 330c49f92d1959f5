import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { HttpError } from "../../shared/http";
import type { Problem, Show } from "../../shared/protocol";
import { Thread } from "../../shared/thread/thread";
import { Button } from "../../shared/ui/button";
import { Notice } from "../../shared/ui/notice";
import { Page, Row } from "../../shared/ui/page";
import { api } from "../api";
import type { Storage } from "../record/protocol";
import { MadeShow } from "./made-show";
import { ShowForm } from "./show-form";
import { ShowList } from "./show-list";
import "./owner.css";

// Somebody else may start or end a show meanwhile; a look this often is nothing to the studio.
const LOOK_MS = 10_000;

/** The owner's page: the shows, and the making of one. */
export function OwnerPage() {
  const shows = useSignal<readonly Show[] | null>(null);
  const problem = useSignal<Problem | null>(null);
  const making = useSignal(false);
  const made = useSignal<Show | null>(null);
  const storage = useSignal<Storage | null>(null);

  useEffect(() => {
    document.title = "Shows · Viva Voce";
    const look = () =>
      api.shows().then(
        (found) => {
          shows.value = found;
          problem.value = null;
        },
        (error: unknown) => {
          if (error instanceof HttpError) problem.value = error.problem;
        },
      );
    void look();
    const timer = window.setInterval(() => void look(), LOOK_MS);
    return () => window.clearInterval(timer);
  }, [shows, problem]);

  // Asked when there may be another answer: it takes a walk through all files.
  const recorded = (shows.value ?? []).filter(({ state }) => state !== "planned");
  const known = recorded.map(({ show, state }) => `${show} ${state}`).join();
  useEffect(() => {
    if (!known) return;
    api.storage().then(
      (found) => {
        storage.value = found;
      },
      () => undefined, // the list says the rest without it
    );
  }, [known, storage]);

  const make = (now: boolean) => {
    making.value = now;
    if (now) made.value = null;
  };
  const onMade = (show: Show) => {
    made.value = show;
    making.value = false;
    shows.value = [show, ...(shows.value ?? [])];
  };
  const onChange = (show: string, now: Show | null) => {
    if (now === null && made.value?.show === show) made.value = null;
    shows.value = (shows.value ?? []).flatMap((old) => {
      if (old.show !== show) return [old];
      return now ? [now] : [];
    });
  };
  const first = shows.value?.length === 0 && !made.value;
  const live = shows.value?.some((show) => show.state === "live") ?? false;
  return (
    <Page place="Studio">
      <div class="owner-head">
        <h1>{first ? "Your first show" : "Shows"}</h1>
        {!first && !making.value && shows.value && (
          <Button kind="solid" icon="plus" onClick={() => make(true)}>
            New show
          </Button>
        )}
      </div>
      <Thread lamp={live ? "on" : "off"} />
      {problem.value && <Notice title={problem.value.message} urgent />}
      {made.value && <MadeShow show={made.value} />}
      {(making.value || first) && (
        <Row name="New show">
          <ShowForm onDone={onMade} {...(first ? {} : { onCancel: () => make(false) })} />
        </Row>
      )}
      {shows.value && <ShowList shows={shows.value} storage={storage.value} onChange={onChange} />}
    </Page>
  );
}
