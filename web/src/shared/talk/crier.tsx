import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { People } from "../protocol";
import { Announce } from "../ui/announce";
import type { Engine } from "./engine";
import { news } from "./people";

// A screen reader that speaks while somebody talks is in the way: one summary in this time.
const EVERY_MS = 4_000;

/** Tells a screen reader who came on air, who left and who asks to speak, and nothing more often. */
export function Crier({ engine }: { readonly engine: Engine }) {
  const said = useSignal("");
  const told = useRef<People | null>(null);
  useEffect(() => {
    const timer = window.setInterval(() => {
      const { people, you } = engine.talk.value;
      const found = news(told.current, people, you?.seat ?? null);
      told.current = people;
      if (found.length > 0) said.value = found.join(" ");
    }, EVERY_MS);
    return () => window.clearInterval(timer);
  }, [engine, said]);
  return <Announce text={said.value} />;
}
