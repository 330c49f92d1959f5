/** What stands below a replay; comes when the replay is looked at. */
import type { Player } from "../player";
import { Chapters } from "./chapters";
import { ClipMaker } from "./clip-maker";
import { Share } from "./share";
import { Who } from "./who";

export function Rows({ player, show }: { readonly player: Player; readonly show: string }) {
  return (
    <>
      <Chapters player={player} />
      <Who player={player} />
      <Share player={player} show={show} />
      <ClipMaker player={player} show={show} />
    </>
  );
}
