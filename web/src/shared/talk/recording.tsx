import { recordedText } from "../recorded";
import { Lamp } from "../ui/lamp";
import type { Talk } from "./state";
import "./recording.css";

/** Says to everybody on stage whether what they say is recorded. */
export function Recording({ talk }: { readonly talk: Talk }) {
  const card = talk.status?.card;
  const words = card ? recordedText(card) : "";
  if (!card || !words) return null;
  return (
    <p class="recording small">
      <Lamp state={card.recorded && card.state === "live" ? "on" : "off"} />
      {words}
    </p>
  );
}
