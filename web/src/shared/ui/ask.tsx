import { useEffect, useRef } from "preact/hooks";
import { Button } from "./button";
import "./ask.css";

export interface AskProps {
  readonly title: string;
  readonly yes: string;
  readonly no: string;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

/** A question in the page. The focus is on the answer that changes nothing; Escape gives it too. */
export function Ask({ title, yes, no, onYes, onNo }: AskProps) {
  const safe = useRef<HTMLButtonElement>(null);
  useEffect(() => safe.current?.focus(), []);
  return (
    <fieldset class="ask" onKeyDown={(event) => event.key === "Escape" && onNo()}>
      <legend class="lead">{title}</legend>
      <div class="cluster">
        <Button kind="solid" onClick={onYes}>
          {yes}
        </Button>
        <Button ref={safe} onClick={onNo}>
          {no}
        </Button>
      </div>
    </fieldset>
  );
}
