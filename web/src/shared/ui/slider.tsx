import type { JSX } from "preact";
import "./slider.css";

type Rest = Omit<
  JSX.IntrinsicElements["input"],
  "type" | "class" | "role" | "style" | "value" | "min" | "max"
>;

export interface SliderProps extends Rest {
  readonly value: number;
  readonly min?: number;
  readonly max: number;
}

/** A value on a line; name it by a label or `aria-label`. */
export function Slider({ value, min = 0, max, ...rest }: SliderProps) {
  const at = max > min ? (value - min) / (max - min) : 0;
  const style = { "--at": String(at) };
  return (
    <input {...rest} class="slider" type="range" min={min} max={max} value={value} style={style} />
  );
}
