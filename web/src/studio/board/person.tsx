import { useSignal } from "@preact/signals";
import type { Person } from "../../shared/protocol";
import type { Engine } from "../../shared/talk/engine";
import { Face } from "../../shared/talk/face";
import { Ask } from "../../shared/ui/ask";
import { Button } from "../../shared/ui/button";
import { type Action, actionsFor } from "./actions";

export interface PersonProps {
  readonly engine: Engine;
  readonly person: Person;
  /** The show is live. */
  readonly running: boolean;
}

/** One person with what may be done, the most likely first. */
export function PersonEntry({ engine, person, running }: PersonProps) {
  const more = useSignal(false);
  const asking = useSignal<Action | null>(null);
  const { you } = engine.talk.value;
  if (!you) return null;
  const own = you.seat === person.seat;
  const actions = actionsFor(you.role, person, own);
  const act = (action: Action) => {
    more.value = false;
    asking.value = null;
    engine.send({ type: "command", command: action.command, seat: person.seat });
  };
  const press = (action: Action) => {
    if (action.question) asking.value = action;
    else act(action);
  };
  const question = asking.value;
  return (
    <div class="person">
      <Face person={person} air={running && person.standing === "air"} you={own}>
        <Words person={person} />
      </Face>
      {question ? (
        <Ask
          title={`${person.name}: ${question.question}`}
          yes={question.label}
          no="Cancel"
          onYes={() => act(question)}
          onNo={() => {
            asking.value = null;
          }}
        />
      ) : (
        <fieldset class="person-actions" aria-label={person.name}>
          {actions.first.map((action) => (
            <Act key={action.command} action={action} person={person} onPress={press} />
          ))}
          {actions.more.length > 0 && (
            <Button
              kind="plain"
              aria-expanded={more.value}
              onClick={() => {
                more.value = !more.value;
              }}
            >
              {more.value ? "Less" : "More"}
              <span class="unseen"> for {person.name}</span>
            </Button>
          )}
          {more.value &&
            actions.more.map((action) => (
              <Act key={action.command} action={action} person={person} onPress={press} />
            ))}
        </fieldset>
      )}
    </div>
  );
}

interface ActProps {
  readonly action: Action;
  readonly person: Person;
  readonly onPress: (action: Action) => void;
}

function Act({ action, person, onPress }: ActProps) {
  return (
    <Button onClick={() => onPress(action)}>
      {action.label}
      {action.question && "…"}
      <span class="unseen"> {person.name}</span>
    </Button>
  );
}

/** How somebody's line and microphone are, in words. */
function Words({ person: { check, connected } }: { readonly person: Person }) {
  if (!check || !connected || check.words.length === 0) return null;
  return (
    <ul class="person-check small soft">
      {check.words.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
