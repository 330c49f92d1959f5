/** What the form of an invitation means, and how an invitation reads. Pure. */

import type { Invitation, NewInvitation } from "../../shared/protocol";
import { dateText } from "../../shared/time";
import { type Milli, milli } from "../../shared/units";

/** How the form stands. */
export interface Draft {
  readonly name: string;
  readonly role: "speaker" | "cohost";
  readonly many: boolean;
  readonly lasts: Lasts;
  readonly standing: "green" | "air";
}

export type Lasts = "hour" | "day" | "week" | "ever";

const HOUR_MS = 3_600_000;
const SPANS_MS: Readonly<Record<Lasts, number | null>> = {
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  week: 168 * HOUR_MS,
  ever: null,
};

export const LASTS: readonly (readonly [Lasts, string])[] = [
  ["hour", "One hour"],
  ["day", "One day"],
  ["week", "One week"],
  ["ever", "Until it is revoked"],
];

export const FRESH: Draft = {
  name: "",
  role: "speaker",
  many: false,
  lasts: "week",
  standing: "green",
};

export function wanted(draft: Draft, now_ms: Milli): NewInvitation {
  const name = draft.name.trim();
  return {
    role: draft.role,
    ...(name && !draft.many ? { name } : {}),
    uses: draft.many ? null : 1,
    expires_ms: until(draft.lasts, now_ms),
    standing: draft.standing,
  };
}

/** The end of a span that begins now. */
export function until(lasts: Lasts, now_ms: Milli): Milli | null {
  const span = SPANS_MS[lasts];
  return span === null ? null : milli(now_ms + span);
}

/** A day more, from the present end or from now if that has passed. */
export function extended(invitation: Invitation, now_ms: Milli): Milli {
  return milli(Math.max(invitation.expires_ms ?? now_ms, now_ms) + 24 * HOUR_MS);
}

export type Life = "open" | "used" | "expired" | "revoked";

export function lifeOf(invitation: Invitation, now_ms: Milli): Life {
  if (invitation.revoked_ms !== null) return "revoked";
  if (invitation.expires_ms !== null && invitation.expires_ms <= now_ms) return "expired";
  return invitation.uses_left === 0 ? "used" : "open";
}

/** "Speaker, once, straight on air, until Sun, 22 November, 20:30 CET". */
export function terms(invitation: Invitation, now_ms: Milli, language?: string): string {
  const life = lifeOf(invitation, now_ms);
  const role = invitation.role === "cohost" ? "Co-host" : "Speaker";
  if (life === "revoked") return `${role}. Revoked.`;
  if (life === "used") return `${role}. In use.`;
  const times = invitation.uses_left === null ? "any number of times" : once(invitation.uses_left);
  const place = invitation.standing === "air" ? "straight on air" : "to the green room";
  const { expires_ms } = invitation;
  if (life === "expired") return `${role}. Ended ${dateText(expires_ms ?? 0, language)}.`;
  const end =
    expires_ms === null ? "until it is revoked" : `until ${dateText(expires_ms, language)}`;
  return `${role}, ${times}, ${place}, ${end}.`;
}

function once(uses: number): string {
  return uses === 1 ? "once" : `${uses} times`;
}

/** Open ones first, the newest of each first. */
export function inOrder(invitations: readonly Invitation[], now_ms: Milli): Invitation[] {
  const closed = (one: Invitation) => (lifeOf(one, now_ms) === "open" ? 0 : 1);
  return [...invitations].sort(
    (one, other) => closed(one) - closed(other) || other.created_ms - one.created_ms,
  );
}
