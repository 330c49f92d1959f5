import type { OnStage } from "../shared/protocol";
import { Row } from "../shared/ui/page";
import "../shared/talk/face.css";
import "./speakers.css";

/** Who is on stage, and whose voice it is now. */
export function Speakers({ stage }: { readonly stage: readonly OnStage[] }) {
  if (stage.length === 0) return null;
  return (
    <Row name="On stage">
      <ul class="speakers">
        {stage.map((person, place) => (
          <li key={`${place} ${person.name}`} class="face face-air">
            <span class={`face-ring${person.speaking ? " face-speaks" : ""}`} aria-hidden="true">
              {[...person.name][0]?.toUpperCase()}
            </span>
            <p class="face-words">
              <span class="face-name">{person.name}</span>
              <span class="small soft speakers-what">{whatOf(person)}</span>
            </p>
          </li>
        ))}
      </ul>
    </Row>
  );
}

const ROLES: Readonly<Record<string, string>> = { host: "Host", cohost: "Co-host" };

function whatOf({ role, muted, speaking }: OnStage): string {
  if (speaking) return "Speaking";
  return [ROLES[role], muted ? "Muted" : undefined].filter(Boolean).join(" · ");
}
