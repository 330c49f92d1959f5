import { useEffect, useRef } from "preact/hooks";
import { filled } from "../shared/thread/geometry";
import { Thread } from "../shared/thread/thread";
import { clockText } from "../shared/time";
import { Button } from "../shared/ui/button";
import { Icon } from "../shared/ui/icon";
import { Saying, type View } from "./page";
import { action, until } from "./words";

/** The last hour fills the thread, so that everybody who waits sees the same line. */
const HOUR_MS = 3_600_000;
/** Nearer than this, figures that run; farther, words. */
const FIGURES_MS = 86_400_000;

/** A show that has not begun: the time that is left, and one press that holds the door open. */
export function Before(view: View) {
  const { card, armed } = view.player.state.value;
  const starts = card?.starts_ms ?? null;
  const now = view.watch.now.value;
  return (
    <>
      <Thread
        lamp={armed ? "waiting" : "off"}
        fill={starts === null ? null : filled(now, starts - HOUR_MS, starts)}
      />
      <div class="desk">
        {starts !== null && now < starts && <Countdown left_ms={starts - now} />}
        <div class="desk-side">
          <Saying {...view} />
          {armed ? <Armed /> : <Arm {...view} />}
        </div>
      </div>
    </>
  );
}

function Countdown({ left_ms }: { readonly left_ms: number }) {
  const near = left_ms < FIGURES_MS;
  return (
    <p
      class={near ? "giant figures" : "giant giant-words"}
      role="timer"
      aria-label={`Begins in ${until(left_ms)}`}
    >
      {near ? clockText(Math.ceil(left_ms / 1000)) : until(left_ms)}
    </p>
  );
}

function Arm({ player }: View) {
  return (
    <div class="control">
      <Button kind="solid" big icon="play" onClick={() => player.toggle()}>
        {action("before", false)}
      </Button>
    </div>
  );
}

/** Takes the focus over from the button whose place it takes. */
function Armed() {
  const self = useRef<HTMLParagraphElement>(null);
  useEffect(() => self.current?.focus(), []);
  return (
    <p ref={self} class="control armed" tabIndex={-1}>
      <Icon name="check" size={26} /> The sound is on.
    </p>
  );
}
