/** Who is here, put into words and in order. Pure. */

import type { People, Person, Role, Standing } from "../protocol";

export const ROLES: Readonly<Record<Role, string>> = {
  host: "Host",
  cohost: "Co-host",
  speaker: "Speaker",
};

const RANK: Readonly<Record<Role, number>> = { host: 0, cohost: 1, speaker: 2 };

/** Those in one place: hosts first, then by name, so that nobody jumps about. */
export function inPlace(people: People | null, standing: Standing): Person[] {
  const here = (people?.seats ?? []).filter((person) => person.standing === standing);
  return here.sort(
    (one, other) =>
      RANK[one.role] - RANK[other.role] ||
      one.name.localeCompare(other.name) ||
      one.seat.localeCompare(other.seat),
  );
}

/** "Muted by Ada", "Muted", "Not connected": what hinders somebody, or nothing. */
export function hindrance(person: Person): string {
  if (!person.connected) return "Not connected";
  if (person.mute === "held") return person.held_by ? `Muted by ${person.held_by}` : "Held muted";
  return person.mute === "muted" ? "Muted" : "";
}

const MOVES: Readonly<Record<Standing, string>> = {
  air: "on air",
  green: "in the green room",
  off: "off the stage",
  out: "gone",
};

/** What a screen reader is told: who came on air or left it. Levels, speech and mutes are not news. */
export function news(before: People | null, after: People | null, own: string | null): string[] {
  if (!before || !after) return [];
  const was = new Map(before.seats.map((person) => [person.seat, person]));
  const said = after.seats.flatMap((person) => {
    const old = was.get(person.seat);
    const same = old?.standing === person.standing;
    const aired = old?.standing === "air" || person.standing === "air";
    if (same || !aired || person.seat === own) return [];
    return [`${person.name} is ${MOVES[person.standing]}.`];
  });
  const here = new Set(after.seats.map((person) => person.seat));
  const left = before.seats.filter((old) => old.standing === "air" && !here.has(old.seat));
  const asking = after.hands.filter((hand) => !before.hands.some((old) => old.hand === hand.hand));
  return [
    ...said,
    ...left.map((old) => `${old.name} has left.`),
    ...asking.map((hand) => `${hand.name} asks to speak.`),
  ];
}
