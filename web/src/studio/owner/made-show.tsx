import { useEffect, useRef } from "preact/hooks";
import type { Show } from "../../shared/protocol";
import { CopyField } from "../../shared/ui/copy-field";
import { Icon } from "../../shared/ui/icon";
import { Row } from "../../shared/ui/page";

/** The links of a show that has just been made, each with what it is for. */
export function MadeShow({ show }: { readonly show: Show }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    title.current?.focus({ preventScroll: true });
    title.current?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <Row name="Ready">
      <h3 ref={title} tabIndex={-1} class="made-title">
        “{show.title}” is made
      </h3>
      <CopyField
        label="Listen link"
        value={show.listen_url}
        hint="For everybody. It needs no account, and stays the same before, during and after the show."
      />
      {show.host_url && (
        <CopyField
          label="Host link"
          value={show.host_url}
          hint="For whoever speaks. It opens the microphone, so give it to nobody else. It is shown only now."
        />
      )}
      <p>
        <a class="button button-line" href={`/studio/${show.show}`}>
          <Icon name="mic" />
          Open the studio of this show
        </a>
      </p>
    </Row>
  );
}
