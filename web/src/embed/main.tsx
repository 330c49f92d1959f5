import { render } from "preact";
import { mediaSession } from "../listen/mediasession";
import { Player } from "../listen/player";
import type { Start } from "../listen/replay/timeline";
import { Watch } from "../listen/watch";
import type { ShowCard } from "../shared/protocol";
import { Embed } from "./embed";

function embedded<T>(id: string): T | null {
  const text = document.getElementById(id)?.textContent;
  return text ? (JSON.parse(text) as T | null) : null;
}

const card = embedded<ShowCard>("card");
const root = document.getElementById("page");
if (card && root) {
  const player = new Player(card.show, card, embedded<Start>("start"), location.search);
  const watch = new Watch(player);
  render(<Embed player={player} watch={watch} />, root);
  mediaSession(player);
  watch.begin();
}
