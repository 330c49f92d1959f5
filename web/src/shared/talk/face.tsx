import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Person } from "../protocol";
import { hindrance, ROLES } from "./people";
import "./face.css";

export interface FaceProps {
  readonly person: Person;
  /** Listeners can hear this person: the ring is the lamp's colour. */
  readonly air: boolean;
  readonly you: boolean;
  readonly children?: ComponentChildren;
}

/** One person: the ring that moves with the voice, the name, and what hinders them. */
export function Face({ person, air, you, children }: FaceProps) {
  const { name, role, level, speaking, connected } = person;
  const ring = useRef<HTMLSpanElement>(null);
  const shown = speaking ? Math.max(level, 0.15) : 0;
  useEffect(() => ring.current?.style.setProperty("--level", shown.toFixed(2)), [shown]);
  const why = hindrance(person);
  const kind = `face${air ? " face-air" : ""}${connected ? "" : " face-away"}`;
  return (
    <div class={kind}>
      <span ref={ring} class="face-ring" aria-hidden="true">
        {[...name][0]?.toUpperCase()}
      </span>
      <div class="face-words">
        <p class="face-name">
          {name}
          {you && <span class="soft"> (you)</span>}
        </p>
        <p class="small soft">
          {ROLES[role]}
          {why && (
            <>
              {" · "}
              <strong>{why}</strong>
            </>
          )}
        </p>
        {children}
      </div>
    </div>
  );
}
