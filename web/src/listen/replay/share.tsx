import { useSignal } from "@preact/signals";
import { clockText } from "../../shared/time";
import { Button } from "../../shared/ui/button";
import { copyText } from "../../shared/ui/copy-field";
import { Row } from "../../shared/ui/page";
import { seconds } from "../../shared/units";
import type { Player } from "../player";
import { linkTo } from "./moment";

const SAID_MS = 2_500;

/** A link to what is heard now. */
export function Share({ player, show }: { readonly player: Player; readonly show: string }) {
  const copied = useSignal("");
  const at = seconds(Math.floor(player.position.value));
  const copy = async () => {
    const link = linkTo(`${location.origin}/${show}`, at);
    if (!(await copyText(link))) return;
    copied.value = clockText(at);
    window.setTimeout(() => {
      copied.value = "";
    }, SAID_MS);
  };
  return (
    <Row name="Share">
      <div class="cluster">
        <Button icon={copied.value ? "check" : "copy"} onClick={() => void copy()}>
          {copied.value ? `Copied: from ${copied.value}` : "Copy link to this moment"}
        </Button>
      </div>
    </Row>
  );
}
