import { Page } from "../shared/ui/page";
import { Door } from "./door";
import type { Entrance } from "./entrance";
import { NameForm } from "./name-form";
import { Room } from "./room";

/** A guest's page: the door, a name if one is needed, the stage. */
export function Guest({ entrance }: { readonly entrance: Entrance }) {
  const entry = entrance.entry.value;
  switch (entry.at) {
    case "opening":
      return <Page place="Stage">{null}</Page>;
    case "name":
      return <NameForm problem={entry.problem} onName={(name) => void entrance.enter(name)} />;
    case "closed":
      return <Door problem={entry.problem} />;
    case "left":
      return <Door problem={null} left />;
    case "in":
      return <Room engine={entry.engine} onLeave={() => entrance.leave()} />;
  }
}
