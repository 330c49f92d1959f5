import { Button } from "../shared/ui/button";
import { manages } from "../studio/board/actions";
import { Board } from "../studio/board/board";
import { Hands } from "../studio/board/hands";
import { Controls } from "../studio/host/controls";
import { Invitations } from "../studio/invite/invitations";
import type { RoomProps } from "./room";

/** The host's tools in the page of a guest who was made co-host, or was handed the show. */
export function Lead({ engine, onLeave, show }: RoomProps & { readonly show: string }) {
  if (!manages(engine.talk.value.you?.role ?? null)) return null;
  return (
    <>
      <Controls show={show} engine={engine} />
      <Hands engine={engine} />
      <Board engine={engine} />
      <Invitations show={show} />
      <Button kind="plain" onClick={onLeave}>
        Leave the stage
      </Button>
    </>
  );
}
