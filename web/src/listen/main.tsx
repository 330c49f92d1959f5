import { render } from "preact";
import type { ShowCard } from "../shared/protocol";
import { Speaker } from "./hand/speaker";
import { mediaSession } from "./mediasession";
import { Listen } from "./page";
import { Player } from "./player";
import { Watch } from "./watch";

/** The card that the page came with, so that its first sight needs no further question. */
function embedded(): ShowCard | null {
  const text = document.getElementById("card")?.textContent;
  return text ? (JSON.parse(text) as ShowCard | null) : null;
}

const card = embedded();
const show = card?.show ?? location.pathname.split("/").at(-1) ?? "";
const player = new Player(show, card);
const watch = new Watch(player);
const speaker = new Speaker(show, player);
const root = document.getElementById("page");
if (root) render(<Listen player={player} watch={watch} speaker={speaker} />, root);
mediaSession(player);
watch.begin();
