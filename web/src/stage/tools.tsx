import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Company } from "./company";
import type { RoomProps } from "./room";
import { RoomControls } from "./room-controls";

export interface ToolsProps extends RoomProps {
  /** The show, where this page may speak to the studio's API for it. */
  readonly show?: string | undefined;
}

type LeadType = ComponentType<RoomProps & { readonly show: string }>;

/** A guest's buttons and company; for those who manage the stage, the host's, whose code comes then. */
export function Tools({ engine, onLeave, show }: ToolsProps) {
  const [Lead, setLead] = useState<LeadType | null>(null);
  const role = engine.talk.value.you?.role;
  const leads = show !== undefined && (role === "host" || role === "cohost");
  useEffect(() => {
    if (leads) void import("./lead").then((lead) => setLead(() => lead.Lead));
  }, [leads]);
  if (Lead && leads) return <Lead engine={engine} onLeave={onLeave} show={show} />;
  return (
    <>
      <RoomControls engine={engine} onLeave={onLeave} />
      <Company engine={engine} />
    </>
  );
}
