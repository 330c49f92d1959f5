import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Lamp, type LampState } from "../ui/lamp";
import { clamp } from "./geometry";
import { Painter } from "./painter";
import "./thread.css";

export interface Seek {
  /** Name of the control, such as "Position in the show". */
  readonly label: string;
  /** Length in seconds. */
  readonly duration_s: number;
  readonly position_s: number;
  /** The position in words, such as "12 minutes 3 seconds of 1 hour". */
  readonly text: string;
  readonly onSeek: (position_s: number) => void;
}

/** What the thread shows:
 *
 *     resting      nothing but the lamp
 *     countdown    `fill`
 *     live         `level`
 *     replay       `seek` (or `fill`), and `level` while it plays
 */
export interface ThreadProps {
  readonly lamp: LampState;
  /** 0..1, how much is behind us. */
  readonly fill?: number | null;
  /** The voice now, 0..1 (`levelOfDb`), asked once a frame; `null` for silence. */
  readonly level?: (() => number | null) | undefined;
  /** Makes the thread a seek bar, and fills it. */
  readonly seek?: Seek;
  /** Its waveform, where it is known: the peaks of equal stretches (`heights`). */
  readonly shape?: Uint8Array | null;
  /** Marks on the line. */
  readonly children?: ComponentChildren;
}

/** The one line across the page, from its left edge to the tally lamp. A drawing, unless it seeks. */
export function Thread({ lamp, fill = null, level, seek, shape = null, children }: ThreadProps) {
  const place = seek ? clamp(seek.position_s / seek.duration_s) : fill;
  const canvas = useThread(place, level, shape);
  return (
    <div class="thread">
      <div class="thread-line">
        <canvas ref={canvas} />
        {children}
        {seek && <SeekBar {...seek} />}
      </div>
      <Lamp state={lamp} />
    </div>
  );
}

function SeekBar({ label, duration_s, position_s, text, onSeek }: Seek) {
  const knob = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    knob.current?.style.setProperty("--at", String(clamp(position_s / duration_s)));
  }, [position_s, duration_s]);
  return (
    <>
      <input
        class="thread-seek"
        type="range"
        min={0}
        max={duration_s}
        step={1}
        value={position_s}
        aria-label={label}
        aria-valuetext={text}
        onInput={(event) => onSeek(Number(event.currentTarget.value))}
      />
      <span ref={knob} class="thread-knob" aria-hidden="true" />
    </>
  );
}

/** Paints frames while something moves, and once for every change of what is shown. */
function useThread(
  fill: number | null,
  level: (() => number | null) | undefined,
  shape: Uint8Array | null,
) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<Painter | null>(null);
  const source = useRef(level);
  source.current = level;
  const sounding = level !== undefined;
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    painter.current ??= new Painter(element);
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const dark = matchMedia("(prefers-color-scheme: dark)");
    let frame = 0;
    const draw = (now_ms: number) => {
      const motion = !still.matches;
      const look = { fill: fill === null ? null : clamp(fill), sounding, shape, motion };
      const again = painter.current?.paint(look, source.current?.() ?? 0, now_ms) ?? false;
      frame = again ? requestAnimationFrame(draw) : 0;
    };
    const wake = () => {
      frame ||= requestAnimationFrame(draw);
    };
    const size = new ResizeObserver(wake);
    size.observe(element);
    dark.addEventListener("change", wake);
    wake();
    return () => {
      cancelAnimationFrame(frame);
      size.disconnect();
      dark.removeEventListener("change", wake);
    };
  }, [fill, sounding, shape]);
  return canvas;
}
