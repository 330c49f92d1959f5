import "./lamp.css";

/** `off`: nothing; `waiting`: will be on air; `on`: on air. */
export type LampState = "off" | "waiting" | "on";

/** The tally lamp. Says nothing to a screen reader: what it means is always written as well. */
export function Lamp({ state }: { readonly state: LampState }) {
  return <span class={`lamp lamp-${state}`} aria-hidden="true" />;
}
