import type { Show } from "../../shared/protocol";
import { spokenDuration } from "../../shared/time";
import { CopyField } from "../../shared/ui/copy-field";
import { Row } from "../../shared/ui/page";
import { Chapters } from "./chapters";
import { Delete } from "./delete";
import { Exports } from "./exports";
import { Keep } from "./keep";
import { Stored } from "./stored";
import { Takedown } from "./takedown";
import { WithdrawnClips } from "./withdrawn";

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
      {show.recorded ? (
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
          <Row name="Chapters">
            <Chapters show={show.show} live={false} />
          </Row>
          <Row name="Take it away">
            <Exports show={show.show} />
          </Row>
          <Row name="Take down">
            <Takedown show={show.show} />
          </Row>
          <Row name="Clips">
            <WithdrawnClips show={show.show} />
          </Row>
        </>
      ) : (
        <p class="lead">{length} The show was not recorded: there is no replay.</p>
      )}
      {owner && (
        <Row name="Keeping">
          <Stored show={show.show} />
          {show.recorded && <Keep show={show} />}
          <Delete show={show} onDone={onDeleted} />
        </Row>
      )}
    </>
  );
}
