import { useSignal } from "@preact/signals";
import type { Command, Person } from "../../shared/protocol";
import type { Engine } from "../../shared/talk/engine";
import { inPlace } from "../../shared/talk/people";
import { live } from "../../shared/talk/state";
import { Ask } from "../../shared/ui/ask";
import { Button } from "../../shared/ui/button";
import { Row } from "../../shared/ui/page";
import { PersonEntry } from "./person";
import "./board.css";

/** Everybody on the stage, by place, with what may be done. */
export function Board({ engine }: { readonly engine: Engine }) {
  const { people, you } = engine.talk.value;
  if (!people || !you) return null;
  const air = inPlace(people, "air");
  const green = inPlace(people, "green");
  const off = inPlace(people, "off");
  const running = live(engine.talk.value);
  const place = (persons: readonly Person[]) => (
    <Place engine={engine} persons={persons} running={running} />
  );
  const all = (command: Command) => () => engine.send({ type: "command", command });
  return (
    <>
      <Row name={running ? "On air" : "On air when the show begins"}>
        {air.length === 0 && <p class="soft">Nobody. Listeners hear a calm tone.</p>}
        {place(air)}
        {air.length > 1 && (
          <div class="cluster">
            <MuteAll engine={engine} persons={air} />
            <Button kind="plain" onClick={all("back_all")}>
              All to the green room
            </Button>
          </div>
        )}
      </Row>
      <Row name="Green room">
        {green.length === 0 ? (
          <p class="soft">Nobody waits here.</p>
        ) : (
          <p class="small soft">They hear each other. Nothing of it reaches the air.</p>
        )}
        {place(green)}
        {green.length > 1 && (
          <div class="cluster">
            <Button onClick={all("bring_all")}>Bring all to air</Button>
          </div>
        )}
      </Row>
      {off.length > 0 && <Row name="Off the stage">{place(off)}</Row>}
    </>
  );
}

interface PlaceProps {
  readonly engine: Engine;
  readonly persons: readonly Person[];
  readonly running: boolean;
}

function Place({ engine, persons, running }: PlaceProps) {
  if (persons.length === 0) return null;
  return (
    <ul class="board">
      {persons.map((person) => (
        <li key={person.seat}>
          <PersonEntry engine={engine} person={person} running={running} />
        </li>
      ))}
    </ul>
  );
}

/** Mutes everybody else on air, or lets them all unmute again. */
function MuteAll({ engine, persons }: Omit<PlaceProps, "running">) {
  const asking = useSignal(false);
  const own = engine.talk.value.you?.seat;
  const others = persons.filter(({ seat }) => seat !== own);
  const close = () => {
    asking.value = false;
  };
  if (others.every(({ mute }) => mute === "held")) {
    const release = () => {
      for (const { seat } of others) engine.send({ type: "command", command: "release", seat });
    };
    return (
      <Button kind="plain" onClick={release}>
        Let all unmute
      </Button>
    );
  }
  if (asking.value) {
    return (
      <Ask
        title="Mute everybody but yourself? They can unmute once you let them."
        yes="Mute all"
        no="Leave them"
        onYes={() => {
          engine.send({ type: "command", command: "hold_all" });
          close();
        }}
        onNo={close}
      />
    );
  }
  return (
    <Button
      kind="plain"
      onClick={() => {
        asking.value = true;
      }}
    >
      Mute all…
    </Button>
  );
}
