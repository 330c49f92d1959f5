import { describe, expect, it } from "vitest";
import css from "./tokens.css?raw";

const [light = "", dark = ""] = css.split("prefers-color-scheme: dark");

function token(sheet: string, name: string): string {
  const found = new RegExp(`--${name}:\\s*(#[0-9a-f]{6});`).exec(sheet)?.[1];
  if (!found) throw new Error(`no token --${name}`);
  return found;
}

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

// SC 1.4.3 for text, SC 1.4.11 for controls and graphics.
const TEXT = 4.5;
const GRAPHIC = 3;
const PAIRS: [string, string, number][] = [
  ["ink", "paper", 7],
  ["ink", "paper-deep", 7],
  ["ink-soft", "paper", TEXT],
  ["ink-soft", "paper-deep", TEXT],
  ["lamp", "paper", TEXT],
  ["edge", "paper", GRAPHIC],
  ["edge", "paper-deep", GRAPHIC],
  ...[1, 2, 3, 4, 5, 6].map((n): [string, string, number] => [`voice-${n}`, "paper", GRAPHIC]),
];

describe.each([
  ["light", light],
  ["dark", dark],
])("%s", (_, sheet) => {
  it.each(PAIRS)("%s on %s has contrast %d", (front, back, least) => {
    expect(contrast(token(sheet, front), token(sheet, back))).toBeGreaterThanOrEqual(least);
  });
});
