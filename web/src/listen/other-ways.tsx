import { Row } from "../shared/ui/page";
import { Elsewhere } from "./elsewhere";
import { Keys } from "./keys-list";

export interface OtherWaysProps {
  readonly show: string;
  readonly live: boolean;
  readonly replay: boolean;
}

/** For those who would rather use another player, or no mouse. */
export function OtherWays({ show, live, replay }: OtherWaysProps) {
  return (
    <Row name="Other ways">
      <Elsewhere show={show} live={live} />
      <Keys replay={replay} />
    </Row>
  );
}
