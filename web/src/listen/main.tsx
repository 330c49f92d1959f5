import { render } from "preact";
import type { ShowCard } from "../shared/protocol";
import { Speaker } from "./hand/speaker";
import { mediaSession } from "./mediasession";
import { Listen } from "./page";
import { Player } from "./player";
import type { Start } from "./replay/timeline";
import { Watch } from "./watch";

/** What the page came with, so that its first sight needs no further question. */
function embedded<T>(id: string): T | null {
  const text = document.getElementById(id)?.textContent;
  return text ? (JSON.parse(text) as T | null) : null;
}

const card = embedded<ShowCard>("card");
const begin = embedded<Start>("start");
const show = card?.show ?? location.pathname.split("/").at(-1) ?? "";
const player = new Player(show, card, begin, location.search);
const watch = new Watch(player);
const speaker = new Speaker(show, player);
const root = document.getElementById("page");
if (root) render(<Listen player={player} watch={watch} speaker={speaker} />, root);
mediaSession(player);
watch.begin();
