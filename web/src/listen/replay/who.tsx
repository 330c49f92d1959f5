import { useEffect, useRef } from "preact/hooks";
import { spokenDuration } from "../../shared/time";
import { Row } from "../../shared/ui/page";
import { type Seconds, seconds, toMilli, toSeconds } from "../../shared/units";
import type { Player } from "../player";
import { nextOf, type Voice } from "./talk";
import "./who.css";

/** So many voices have a colour of their own; their names tell them apart in any case. */
const COLOURS = 6;

/** Who speaks when: a line for each voice, under one common clock. */
export function Who({ player }: { readonly player: Player }) {
  const talk = player.records.talk.value;
  const length = player.length.value;
  if (!talk || talk.voices.length === 0 || length <= 0) return null;
  const now = talk.at(player.position.value);
  return (
    <Row name="Who speaks">
      {player.state.value.phase !== "over" && (
        <p class="who-now" aria-hidden="true">
          {now.length > 0
            ? `${now.join(" and ")} ${now.length > 1 ? "speak" : "speaks"}`
            : "Nobody speaks"}
        </p>
      )}
      <ul class="who" style={{ "--at": String(player.position.value / length) }}>
        {talk.voices.map((voice) => (
          <Lane
            key={voice.who}
            voice={voice}
            length={length}
            speaks={now.includes(voice.name)}
            onSeek={(to) => player.playFrom(to)}
            onNext={() => player.playFrom(nextOf(voice, player.position.value))}
          />
        ))}
      </ul>
    </Row>
  );
}

interface LaneProps {
  readonly voice: Voice;
  readonly length: Seconds;
  readonly speaks: boolean;
  readonly onSeek: (to: Seconds) => void;
  readonly onNext: () => void;
}

function Lane({ voice, length, speaks, onSeek, onNext }: LaneProps) {
  const canvas = useLane(voice, length);
  const seek = (event: MouseEvent) => {
    const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    onSeek(seconds(((event.clientX - left) / width) * length));
  };
  return (
    <li class={`who-lane who-${(voice.who % COLOURS) + 1}${speaks ? " who-speaks" : ""}`}>
      <button type="button" class="who-name" onClick={onNext}>
        <bdi>{voice.name}</bdi>
        <span class="small soft">
          {spokenDuration(toSeconds(voice.total))}
          <span class="unseen">: to the next time {voice.name} speaks</span>
        </span>
      </button>
      <div class="who-line" aria-hidden="true" onClick={seek}>
        <canvas ref={canvas} />
      </div>
    </li>
  );
}

/** Draws a voice's turns; again when its width or the colours change. */
function useLane(voice: Voice, length: Seconds) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const draw = () => paint(element, voice, length);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const size = new ResizeObserver(draw);
    size.observe(element);
    dark.addEventListener("change", draw);
    return () => {
      size.disconnect();
      dark.removeEventListener("change", draw);
    };
  }, [voice, length]);
  return canvas;
}

function paint(canvas: HTMLCanvasElement, voice: Voice, length: Seconds): void {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const each = canvas.width / toMilli(length);
  pen.fillStyle = getComputedStyle(canvas).color;
  for (const { from, to } of voice.turns) {
    pen.fillRect(from * each, 0, Math.max(ratio, (to - from) * each), canvas.height);
  }
}
