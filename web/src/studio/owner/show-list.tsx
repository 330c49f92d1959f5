import { useSignal } from "@preact/signals";
import { HttpError } from "../../shared/http";
import { useModule } from "../../shared/lazy";
import type { Show } from "../../shared/protocol";
import { Button } from "../../shared/ui/button";
import { CopyField } from "../../shared/ui/copy-field";
import { Icon } from "../../shared/ui/icon";
import { Lamp } from "../../shared/ui/lamp";
import { Notice } from "../../shared/ui/notice";
import { api } from "../api";
import { sizeText } from "../record/export-words";
import type { Storage } from "../record/protocol";
import { Change } from "./change";
import { ordered, whenOf } from "./order";

export interface ShowListProps {
  readonly shows: readonly Show[];
  /** What they take on the disk; null = not known yet. */
  readonly storage: Storage | null;
  /** A show was changed, or deleted. */
  readonly onChange: (show: string, now: Show | null) => void;
}

/** All shows: on air first, then what is to come, then what was. */
export function ShowList({ shows, storage, onChange }: ShowListProps) {
  const taken = new Map(storage?.shows.map(({ show, bytes }) => [show, bytes.total]));
  return (
    <>
      <ul class="shows">
        {ordered(shows).map((show) => (
          <li key={show.show} class={`show show-${show.state}`}>
            <ShowEntry
              show={show}
              bytes={taken.get(show.show) ?? 0}
              onChange={(now) => onChange(show.show, now)}
            />
          </li>
        ))}
      </ul>
      {storage !== null && storage.total > 0 && (
        <p class="small soft shows-storage">
          All shows together take {sizeText(storage.total)} of the server’s disk;{" "}
          {sizeText(storage.free)} are free.
        </p>
      )}
      {shows.length > 0 && <LaterPodcasts />}
    </>
  );
}

const podcasts = () => import("./podcasts");

/** Comes after the shows, which one came for. */
function LaterPodcasts() {
  const module = useModule(podcasts);
  return module && <module.Podcasts />;
}

interface ShowEntryProps {
  readonly show: Show;
  readonly bytes: number;
  readonly onChange: (now: Show | null) => void;
}

function ShowEntry({ show, bytes, onChange }: ShowEntryProps) {
  const ended = show.state === "ended";
  return (
    <>
      <p class="show-when small">
        {show.state === "live" && <Lamp state="on" />}
        <span>{whenOf(show)}</span>
      </p>
      <div class="stack-tight">
        <h2 class="show-title">
          <a href={ended ? show.listen_url : `/studio/${show.show}`}>{show.title}</a>
        </h2>
        {show.description && <p class="soft show-about">{show.description}</p>}
        {ended ? (
          <p class="small">
            {show.recorded ? <a href={show.listen_url}>Replay</a> : "Not recorded"} ·{" "}
            <a href={`/studio/${show.show}`}>{show.recorded ? "Recording" : "Its page"}</a>
            {show.recorded && bytes > 0 && <span class="soft"> · {sizeText(bytes)}</span>}
          </p>
        ) : (
          <Links show={show} />
        )}
        <Change show={show} onChange={onChange} />
      </div>
    </>
  );
}

function Links({ show }: { readonly show: Show }) {
  const host = useSignal<string | null>(null);
  const problem = useSignal<string | null>(null);
  const renew = async () => {
    try {
      host.value = (await api.newKeys(show.show)).host_url;
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      problem.value = error.problem.message;
    }
  };
  return (
    <details class="show-links">
      <summary>
        Links <Icon name="down" size={16} />
      </summary>
      <div class="stack">
        <CopyField
          label="Listen link"
          value={show.listen_url}
          hint="For everybody; no account needed."
        />
        {host.value ? (
          <CopyField
            label="New host link"
            value={host.value}
            hint="For whoever speaks. Host links given out before have stopped working."
          />
        ) : (
          <div class="stack-tight">
            <Button onClick={() => void renew()}>Make a new host link</Button>
            <p class="small soft">Host links given out before stop working.</p>
          </div>
        )}
        {problem.value && <Notice title={problem.value} urgent />}
      </div>
    </details>
  );
}
