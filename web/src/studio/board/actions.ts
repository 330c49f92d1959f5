/** What may be done with whom, and what it is called: a table. The studio decides again. Pure. */

import type { Command, Person, Role } from "../../shared/protocol";

export interface Action {
  readonly command: Command;
  readonly label: string;
  /** Asked in the page before it is done. */
  readonly question?: string;
}

type Rule = Action & {
  /** Who may do it. */
  readonly by: ReadonlySet<Role>;
  readonly to: (person: Person) => boolean;
  /** Seen at once; the others are one press further. */
  readonly first?: true;
};

const HOSTS: ReadonlySet<Role> = new Set(["host", "cohost"]);
const HOST: ReadonlySet<Role> = new Set(["host"]);

const RULES: readonly Rule[] = [
  {
    command: "bring",
    label: "Bring to air",
    by: HOSTS,
    first: true,
    to: ({ standing }) => standing === "green",
  },
  {
    command: "back",
    label: "To the green room",
    by: HOSTS,
    first: true,
    to: ({ standing }) => standing === "air",
  },
  {
    command: "admit",
    label: "To the green room",
    by: HOSTS,
    first: true,
    to: ({ standing }) => standing === "off",
  },
  {
    command: "hold",
    label: "Mute",
    by: HOSTS,
    first: true,
    to: ({ standing, mute, role }) => standing !== "off" && mute !== "held" && role !== "host",
  },
  {
    command: "release",
    label: "Let unmute",
    by: HOSTS,
    first: true,
    to: ({ mute }) => mute === "held",
  },
  {
    command: "move_off",
    label: "Move off the stage",
    by: HOSTS,
    to: ({ standing, role }) => standing !== "off" && role !== "host",
  },
  {
    command: "make_cohost",
    label: "Make co-host",
    by: HOST,
    to: ({ role }) => role === "speaker",
  },
  {
    command: "make_speaker",
    label: "Make a speaker again",
    by: HOST,
    to: ({ role }) => role === "cohost",
  },
  {
    command: "hand_over",
    label: "Hand over the show",
    question: "Hand the show over? Then they are the host, and you are a co-host.",
    by: HOST,
    to: ({ role, standing }) => role === "cohost" && standing !== "off",
  },
  {
    command: "remove",
    label: "Remove and keep out",
    question: "Remove for good? The seat and its invitation stop working at once, everywhere.",
    by: HOSTS,
    to: ({ role }) => role !== "host",
  },
];

export interface Actions {
  readonly first: readonly Action[];
  readonly more: readonly Action[];
}

/** What somebody with `role` may do with `person`; with oneself, one only moves. */
export function actionsFor(role: Role, person: Person, own: boolean): Actions {
  const moves: ReadonlySet<Command> = new Set(["bring", "back", "admit"]);
  const may = RULES.filter(
    (rule) => rule.by.has(role) && rule.to(person) && (!own || moves.has(rule.command)),
  );
  return { first: may.filter((rule) => rule.first), more: may.filter((rule) => !rule.first) };
}

export function manages(role: Role | null): boolean {
  return role !== null && HOSTS.has(role);
}
