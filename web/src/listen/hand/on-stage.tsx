import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { RoomProps } from "../../stage/room";
import type { Speaker } from "./speaker";

/** The stage in a listener's page; its code comes only to those who are let in. */
export function OnStage({ speaker }: { readonly speaker: Speaker }) {
  const [Visit, setVisit] = useState<ComponentType<RoomProps> | null>(null);
  useEffect(() => {
    void import("../../stage/visit").then((visit) => setVisit(() => visit.Visit));
  }, []);
  const engine = speaker.engine.value;
  if (!Visit || !engine) return null;
  return <Visit engine={engine} onLeave={() => void speaker.leave()} />;
}
