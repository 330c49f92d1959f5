import { clockText } from "../../shared/time";
import { Row } from "../../shared/ui/page";
import type { Player } from "../player";
import "./chapters.css";

/** What the show is made of, as its hosts named it. */
export function Chapters({ player }: { readonly player: Player }) {
  const chapters = player.records.chapters.value;
  if (chapters.length === 0) return null;
  const here = chapters.findLastIndex(({ at }) => at <= player.position.value);
  return (
    <Row name="Chapters">
      <ol class="chapters">
        {chapters.map(({ at, title }, place) => (
          <li key={`${at} ${title}`}>
            <button
              type="button"
              class="chapter"
              aria-current={place === here ? "true" : undefined}
              onClick={() => player.playFrom(at)}
            >
              <span class="chapter-at figures soft">{clockText(at)}</span>
              <bdi>{title}</bdi>
            </button>
          </li>
        ))}
      </ol>
    </Row>
  );
}
