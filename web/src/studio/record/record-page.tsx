import type { Show } from "../../shared/protocol";
import { spokenDuration } from "../../shared/time";
import { CopyField } from "../../shared/ui/copy-field";
import { Page, Row } from "../../shared/ui/page";
import { Delete } from "./delete";

export interface RecordPageProps {
  /** As the API and the newest card have it. */
  readonly show: Show;
  readonly owner: boolean;
  /** It was deleted; with what went, in words. */
  readonly onDeleted: (words: string) => void;
}

/** A show that has ended, for its hosts: what there is of it, what it may become, how long it stays. */
export function RecordPage({ show, owner, onDeleted }: RecordPageProps) {
  const length = show.duration_s === null ? "Thank you." : `${spokenDuration(show.duration_s)}.`;
  return (
    <>
      <Row name="Replay">
        <p class="lead">
          {length} <a href={show.listen_url}>Hear the replay</a>
        </p>
        <CopyField
          label="Replay link"
          value={show.listen_url}
          hint="The same address as during the show."
        />
      </Row>
      {owner && (
        <Row name="Keeping">
          <Delete show={show} onDone={onDeleted} />
        </Row>
      )}
    </>
  );
}

/** What is left of a deleted show: the word that it is gone. */
export function Deleted({ words, owner }: { readonly words: string; readonly owner: boolean }) {
  return (
    <Page place="Studio" {...(owner ? { home: "/" } : {})}>
      <h1>Deleted</h1>
      <div class="stack">
        <p class="lead" role="status">
          {words}
        </p>
        {owner && (
          <p>
            <a href="/">All shows</a>
          </p>
        )}
      </div>
    </Page>
  );
}
