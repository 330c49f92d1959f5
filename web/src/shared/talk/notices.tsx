import { Button } from "../ui/button";
import { CopyField } from "../ui/copy-field";
import { Notice } from "../ui/notice";
import type { Engine } from "./engine";
import { notices, type Words } from "./trouble";
import "./talk.css";

/** What is wrong now, the worst first. */
export function Notices({ engine }: { readonly engine: Engine }) {
  const found = notices(engine.talk.value, location, engine.clock.value);
  if (found.length === 0) return null;
  return (
    <div class="talk-notices stack">
      {found.map((words) => (
        <Notice key={words.id} title={words.title} urgent={words.urgent}>
          {words.body.map((line) => (
            <p key={line}>{line}</p>
          ))}
          {words.command && <CopyField label="Command" value={words.command} />}
          <Remedy words={words} engine={engine} />
        </Notice>
      ))}
    </div>
  );
}

function Remedy({ words, engine }: { readonly words: Words; readonly engine: Engine }) {
  if (words.offer === "take") {
    return <Button onClick={() => void engine.take()}>Use this microphone instead</Button>;
  }
  if (words.offer === "microphone") {
    return <Button onClick={() => void engine.open()}>Try again</Button>;
  }
  return null;
}
