/** Times as people read them. Pure: the caller says what time it is. */

/** 65 → "1:05", 3725 → "1:02:05". Rounds down, as clocks do. */
export function clockText(duration_s: number): string {
  const whole = Math.max(0, Math.floor(duration_s));
  const [hours, minutes, seconds] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const tail = String(seconds).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** 3725 → "1 hour 2 minutes"; under a minute the seconds: for screen readers and lists. */
export function spokenDuration(duration_s: number): string {
  const whole = Math.max(0, Math.floor(duration_s));
  if (whole < 60) return count(whole, "second");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours === 0) return count(minutes, "minute");
  return minutes === 0
    ? count(hours, "hour")
    : `${count(hours, "hour")} ${count(minutes, "minute")}`;
}

/** 1 → "1 second", 2 → "2 seconds". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** The day and minute with its zone, in the reader's own language: "Sat, 21 November, 20:30 CET". */
export function dateText(at_ms: number, language?: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(language, {
    weekday: "short",
    day: "numeric",
    month: "long",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
    ...(timeZone ? { timeZone } : {}),
  }).format(at_ms);
}
