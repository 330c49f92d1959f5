import type { Person } from "../shared/protocol";
import type { Engine } from "../shared/talk/engine";
import { Face } from "../shared/talk/face";
import { inPlace } from "../shared/talk/people";
import { live, self } from "../shared/talk/state";
import { Row } from "../shared/ui/page";

/** Who else is on the stage and in the green room, and how one's own line is. */
export function Company({ engine }: { readonly engine: Engine }) {
  const talk = engine.talk.value;
  const own = talk.you?.seat ?? null;
  const running = live(talk);
  const faces = (persons: readonly Person[], air: boolean) => (
    <ul class="company">
      {persons.map((person) => (
        <li key={person.seat}>
          <Face person={person} air={air} you={person.seat === own} />
        </li>
      ))}
    </ul>
  );
  const air = inPlace(talk.people, "air");
  const green = inPlace(talk.people, "green");
  const words = self(talk)?.check?.words ?? [];
  return (
    <>
      {words.length > 0 && (
        <Row name="Your line">
          <ul class="stack-tight">
            {words.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </Row>
      )}
      {air.length > 0 && (
        <Row name={running ? "On air" : "On air when the show begins"}>{faces(air, running)}</Row>
      )}
      {green.length > 0 && <Row name="Green room">{faces(green, false)}</Row>}
    </>
  );
}
