import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { heights } from "../../shared/thread/geometry";
import { clockText } from "../../shared/time";
import { Button } from "../../shared/ui/button";
import { Field } from "../../shared/ui/field";
import { Row } from "../../shared/ui/page";
import { Slider } from "../../shared/ui/slider";
import { type Seconds, seconds } from "../../shared/units";
import type { Player } from "../player";
import { around, type Draft, nameOf, problem, stage } from "./clip";
import { timeOf } from "./moment";
import "./clip-maker.css";

/** Marks a stretch of the show and gives it an address. */
export function ClipMaker({ player, show }: { readonly player: Player; readonly show: string }) {
  const draft = useSignal<Draft | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const set = (to: Draft | null) => {
    const other = (draft.value === null) !== (to === null);
    draft.value = to;
    // The button that was pressed is gone: whoever has no pointer goes on from here.
    if (other) place.current?.focus({ preventScroll: true });
  };
  const begin = () => set(around(player.position.value, player.length.value));
  return (
    <Row name="Clip">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would be named twice */}
      <div ref={place} class="clip-place" role="group" aria-label="Clip" tabIndex={-1}>
        {draft.value ? (
          <Maker player={player} show={show} draft={draft.value} onChange={set} />
        ) : (
          <div class="stack">
            <p>Any 5 seconds to 3 minutes, with an address of their own.</p>
            <div class="cluster">
              <Button onClick={begin}>Make a clip…</Button>
            </div>
          </div>
        )}
      </div>
    </Row>
  );
}

interface MakerProps {
  readonly player: Player;
  readonly show: string;
  readonly draft: Draft;
  readonly onChange: (draft: Draft | null) => void;
}

function Maker({ player, show, draft, onChange }: MakerProps) {
  const length = player.length.value;
  const view = useSignal(stage(draft, length));
  const { timeline } = player.records;
  const wrong = problem(draft, length, timeline.value.taken);
  const change = (part: Partial<Draft>) => {
    const next = { ...draft, ...part };
    const { from, to } = view.value;
    const inside = next.from >= from && next.to <= to;
    if (!inside && next.from < next.to) view.value = stage(next, length);
    onChange(next);
  };
  const here = () => seconds(Math.floor(player.position.value * 10) / 10);
  return (
    <div class="clip stack">
      <Zoom player={player} view={view.value} draft={draft} />
      <div class="clip-ends">
        <End
          name="Begins"
          at={draft.from}
          view={view.value}
          onChange={(from) => change({ from })}
        />
        <End name="Ends" at={draft.to} view={view.value} onChange={(to) => change({ to })} />
      </div>
      <div class="cluster">
        <Button onClick={() => change({ from: here() })}>Begin here</Button>
        <Button onClick={() => change({ to: here() })}>End here</Button>
        <Button icon="play" onClick={() => player.playFrom(draft.from, draft.to)}>
          Listen to it
        </Button>
      </div>
      <p class="clip-said" role="status">
        {wrong ?? `${spoken(draft.to - draft.from)}, from ${clockText(draft.from)}.`}
      </p>
      <div class="cluster">
        {!wrong && (
          <a class="button button-solid" href={`/${show}/clip/${nameOf(draft, timeline.value)}`}>
            <span>Get the clip</span>
          </a>
        )}
        <Button kind="plain" onClick={() => onChange(null)}>
          No clip
        </Button>
      </div>
    </div>
  );
}

const spoken = (length_s: number) => `${(Math.round(length_s * 10) / 10).toString()} seconds`;

interface EndProps {
  readonly name: string;
  readonly at: Seconds;
  readonly view: Draft;
  readonly onChange: (at: Seconds) => void;
}

/** One end of the clip, by hand and by the clock. */
function End({ name, at, view, onChange }: EndProps) {
  const typed = useSignal<string | null>(null);
  const type = (text: string) => {
    const time = timeOf(text);
    typed.value = time === null ? text : null;
    if (time !== null) onChange(time);
  };
  const error = typed.value === null ? undefined : "Write a time such as 1:02:03 or 62.5.";
  return (
    <div class="clip-end">
      <Field label={name} error={error}>
        {(control) => (
          <input
            {...control}
            class="figures"
            value={typed.value ?? exact(at)}
            onChange={(event) => type(event.currentTarget.value)}
          />
        )}
      </Field>
      <Slider
        aria-label={`${name}, by hand`}
        aria-valuetext={exact(at)}
        min={view.from}
        max={view.to}
        step={0.1}
        value={at}
        onInput={(event) => onChange(seconds(Number(event.currentTarget.value)))}
      />
    </div>
  );
}

function exact(at: Seconds): string {
  const tenths = Math.round(at * 10) % 10;
  return `${clockText(Math.round(at * 10) / 10)}${tenths ? `.${tenths}` : ""}`;
}

const PART_S = 0.32;
const BAR_PX = 3;

/** The show around the clip, near by. */
function Zoom({
  player,
  view,
  draft,
}: {
  readonly player: Player;
  readonly view: Draft;
  readonly draft: Draft;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const peaks = player.records.peaks.value;
  useEffect(() => {
    const element = canvas.current;
    if (!element || !peaks) return;
    const draw = () => paint(element, peaks, view, draft);
    const size = new ResizeObserver(draw);
    size.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    return () => {
      size.disconnect();
      dark.removeEventListener("change", draw);
    };
  }, [peaks, view, draft]);
  return <canvas class="clip-zoom" ref={canvas} />;
}

function paint(canvas: HTMLCanvasElement, peaks: Uint8Array, view: Draft, draft: Draft): void {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.scale(ratio, ratio);
  const { clientWidth: width, clientHeight: height } = canvas;
  const style = getComputedStyle(canvas);
  const count = Math.max(1, Math.floor(width / BAR_PX));
  const shown = peaks.subarray(Math.floor(view.from / PART_S), Math.ceil(view.to / PART_S));
  for (const [place, level] of heights(shown, count).entries()) {
    const at = view.from + ((place + 0.5) / count) * (view.to - view.from);
    const tall = Math.max(1.5, level * height);
    pen.fillStyle =
      at >= draft.from && at < draft.to ? style.color : style.getPropertyValue("--edge");
    pen.fillRect(place * BAR_PX, (height - tall) / 2, BAR_PX - 1, tall);
  }
}
