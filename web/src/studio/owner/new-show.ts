/** What the form of a new show means. Pure. */

import { type Milli, milli } from "../../shared/units";

// Offered by name; the browser's own language comes first, whether it is among these or not.
const LANGUAGES =
  "ar bg bn ca cs da de el en es et eu fa fi fr ga gl he hi hr hu id is it ja ko lt lv mk ms nb nl pl pt pt-BR ro ru sk sl sq sr sv sw ta th tl tr uk ur vi zh zh-TW".split(
    " ",
  );

export interface Language {
  readonly tag: string;
  readonly name: string;
}

/** The languages to choose from, each in the reader's own words, the reader's own first. */
export function languages(own: string, chosen?: string): Language[] {
  const names = new Intl.DisplayNames([own, "en"], { type: "language" });
  const first = known(own);
  // A show may have been made elsewhere, in a language that is not among these.
  const all = new Set([...LANGUAGES, ...(chosen ? [chosen] : [])]);
  const rest = [...all]
    .filter((tag) => tag !== first)
    .map((tag) => ({ tag, name: names.of(tag) ?? tag }))
    .sort((one, other) => one.name.localeCompare(other.name, own));
  return [{ tag: first, name: names.of(first) ?? first }, ...rest];
}

/** `en-GB` is simply English; `pt-BR` is a language of its own here. */
export function known(tag: string): string {
  const language = new Intl.Locale(tag);
  const whole = `${language.language}${language.region ? `-${language.region}` : ""}`;
  return LANGUAGES.includes(whole) ? whole : language.language;
}

/** Reads a date (`2026-11-21`) and a time (`20:30`) of this place; no date is no start. */
export function startOf(date: string, time: string): Milli | null {
  if (!date) return null;
  const at = new Date(`${date}T${time || "00:00"}`).getTime();
  return Number.isNaN(at) ? null : milli(at);
}

/** The date and the time of this place at that moment, as the form's fields take them. */
export function placeOf(at_ms: Milli | null): { readonly date: string; readonly time: string } {
  if (at_ms === null) return { date: "", time: "" };
  const at = new Date(at_ms);
  const two = (number: number) => String(number).padStart(2, "0");
  const year = String(at.getFullYear()).padStart(4, "0");
  return {
    date: `${year}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
    time: `${two(at.getHours())}:${two(at.getMinutes())}`,
  };
}

/** The name of this place's zone at that moment, such as `CET`. */
export function zoneName(at_ms: Milli, language?: string, timeZone?: string): string {
  const format = new Intl.DateTimeFormat(language, {
    timeZoneName: "long",
    ...(timeZone ? { timeZone } : {}),
  });
  return format.formatToParts(at_ms).find((part) => part.type === "timeZoneName")?.value ?? "";
}

/** What is wrong with the fields, by field. */
export interface Faults {
  readonly title?: string;
  readonly start?: string;
}

export function faultsOf(title: string, date: string, time: string, now_ms: Milli): Faults {
  const starts_ms = startOf(date, time);
  return {
    ...(title.trim() ? {} : { title: "Give the show a title." }),
    ...(time && !date ? { start: "Choose a day for this time." } : {}),
    ...(starts_ms !== null && starts_ms < now_ms ? { start: "This moment has passed." } : {}),
  };
}
