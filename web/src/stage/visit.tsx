import type { RoomProps } from "./room";
import { Stage, StateLine } from "./room";

/** The stage inside a page that has a head of its own: a listener's who was let in. */
export function Visit(props: RoomProps) {
  return (
    <>
      <StateLine engine={props.engine} />
      <Stage {...props} />
    </>
  );
}
