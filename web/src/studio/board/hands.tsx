import type { AnswerHand, RaisedHand } from "../../shared/protocol";
import type { Engine } from "../../shared/talk/engine";
import { hands, live } from "../../shared/talk/state";
import { spokenDuration } from "../../shared/time";
import { Button } from "../../shared/ui/button";
import { Row } from "../../shared/ui/page";

/** Who asks to speak, in order. */
export function Hands({ engine }: { readonly engine: Engine }) {
  const queue = hands(engine.talk.value);
  const now_ms = engine.talk.value.status?.now_ms ?? 0;
  if (queue.length === 0) return null;
  return (
    <Row name={queue.length === 1 ? "A listener asks to speak" : "Listeners ask to speak"}>
      <ol class="hands">
        {queue.map((hand) => (
          <li key={hand.hand}>
            <HandEntry engine={engine} hand={hand} now_ms={now_ms} />
          </li>
        ))}
      </ol>
      {queue.length > 1 && (
        <Button kind="plain" onClick={() => engine.send({ type: "lower_all" })}>
          Lower all hands
        </Button>
      )}
    </Row>
  );
}

interface HandEntryProps {
  readonly engine: Engine;
  readonly hand: RaisedHand;
  readonly now_ms: number;
}

function HandEntry({ engine, hand, now_ms }: HandEntryProps) {
  const answer = (command: AnswerHand["command"]) => () =>
    engine.send({ type: "hand", hand: hand.hand, command });
  const who = <span class="unseen"> {hand.name}</span>;
  return (
    <div class="hand">
      <p>
        <span class="hand-name">{hand.name}</span>
        <span class="small soft"> · {waiting((now_ms - hand.since_ms) / 1000)}</span>
      </p>
      {hand.about && <p class="hand-about">{hand.about}</p>}
      <div class="cluster">
        <Button onClick={answer("accept_green")}>To the green room{who}</Button>
        {live(engine.talk.value) && (
          <Button onClick={answer("accept_air")}>Straight on air{who}</Button>
        )}
        <Button kind="plain" onClick={answer("decline")}>
          Decline{who}
        </Button>
      </div>
    </div>
  );
}

function waiting(since_s: number): string {
  return since_s < 60 ? "just now" : `for ${spokenDuration(since_s)}`;
}
