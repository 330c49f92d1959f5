import { render } from "preact";
import type { Facts } from "./facts";
import { Clip, NoClip } from "./page";
import { Playback } from "./playback";

const text = document.getElementById("clip")?.textContent;
const root = document.getElementById("page");
if (root && text) {
  const facts = JSON.parse(text) as Facts;
  const sound = `/live/${facts.show}/clip/${facts.name}`;
  const page = facts.problem ? (
    <NoClip facts={facts} />
  ) : (
    <Clip facts={facts} playback={new Playback(sound)} />
  );
  render(page, root);
}
