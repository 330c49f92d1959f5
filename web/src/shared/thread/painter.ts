/** Draws the thread on a canvas. Knows pixels and colours; the shape comes from geometry.ts. */

import { displacement, heights, smooth, Trail } from "./geometry";

export interface Look {
  /** 0..1, how much of the thread is inked from its start; `null` for one even line. */
  readonly fill: number | null;
  /** Whether sound comes: the even line is inked, and moves with it. */
  readonly sounding: boolean;
  /** What was said, as heights along the thread: drawn instead of the voice now. */
  readonly shape: Uint8Array | null;
  /** Whether the thread may move; otherwise it grows thicker with the voice. */
  readonly motion: boolean;
}

interface Colours {
  readonly ink: string;
  readonly rest: string;
}

const THIN = 1.5;
const THICK = 2.5;
const STEP_PX = 3;
const BAR_PX = 3;
// At 60 frames a second the voice takes 1.6 s from one end of the thread to the other.
const TRAIL = 96;

export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #trail = new Trail(TRAIL);
  #level = 0;
  #last_ms = 0;
  #heights: Float32Array = new Float32Array(0);
  #shown: Uint8Array | null = null;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** Draws one frame; `level` is the voice now, 0..1. Returns whether another frame would differ. */
  paint(look: Look, level: number, now_ms: number): boolean {
    this.#level = smooth(this.#level, level, now_ms - this.#last_ms);
    this.#last_ms = now_ms;
    this.#trail.push(this.#level);
    const pen = this.#prepare();
    if (pen && look.shape) this.#bars(pen, look.shape, look.fill ?? 1);
    else if (pen) this.#draw(pen, look, now_ms / 1000);
    return look.shape === null && (look.sounding || !this.#trail.quiet);
  }

  #prepare(): CanvasRenderingContext2D | null {
    const canvas = this.#canvas;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [
      Math.round(canvas.clientWidth * ratio),
      Math.round(canvas.clientHeight * ratio),
    ];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const pen = canvas.getContext("2d");
    pen?.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen?.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    return pen;
  }

  #draw(pen: CanvasRenderingContext2D, look: Look, now_s: number): void {
    const { ink, rest } = this.#colours();
    const width = this.#canvas.clientWidth;
    const grown = look.motion ? 0 : this.#level * 6;
    const inked = width * (look.fill ?? (look.sounding ? 1 : 0));
    if (inked < width) this.#stroke(pen, inked, width, rest, THIN, look, now_s);
    if (inked > 0) this.#stroke(pen, 0, inked, ink, THICK + grown, look, now_s);
  }

  /** The thread as the voices have moved it. */
  #bars(pen: CanvasRenderingContext2D, peaks: Uint8Array, fill: number): void {
    const { ink, rest } = this.#colours();
    const { clientWidth: width, clientHeight } = this.#canvas;
    const count = Math.max(1, Math.floor(width / BAR_PX));
    if (this.#heights.length !== count || this.#shown !== peaks) {
      this.#heights = heights(peaks, count);
      this.#shown = peaks;
    }
    for (const [place, height] of this.#heights.entries()) {
      const tall = Math.max(THIN, height * (clientHeight - 2));
      pen.fillStyle = (place + 0.5) / count <= fill ? ink : rest;
      pen.fillRect(place * BAR_PX, (clientHeight - tall) / 2, BAR_PX - 1, tall);
    }
  }

  #stroke(
    pen: CanvasRenderingContext2D,
    from: number,
    to: number,
    colour: string,
    width: number,
    look: Look,
    now_s: number,
  ): void {
    pen.beginPath();
    for (let x = from; x < to; x += STEP_PX) pen.lineTo(x, this.#y(x, look, now_s));
    pen.lineTo(to, this.#y(to, look, now_s));
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.lineJoin = "round";
    pen.stroke();
  }

  #y(x: number, look: Look, now_s: number): number {
    const { clientWidth, clientHeight } = this.#canvas;
    const middle = clientHeight / 2;
    if (!look.motion) return middle;
    const place = x / Math.max(clientWidth, 1);
    return middle + (middle - THICK) * displacement(place, this.#trail.at(place), now_s);
  }

  #colours(): Colours {
    const style = getComputedStyle(this.#canvas);
    return { ink: style.color, rest: style.getPropertyValue("--edge") };
  }
}
