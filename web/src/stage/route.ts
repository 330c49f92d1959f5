/** The show and the key in a guest's address: `/stage/SHOW#invite=KEY`. Pure. */

// card.SHOW_ID: ten characters of Crockford base 32.
const STAGE = /^\/stage\/([0-9a-hjkmnp-tv-z]{10})\/?$/;

export function showOf(pathname: string): string | null {
  return STAGE.exec(pathname)?.[1] ?? null;
}

/** Fragments never reach a server or its logs. */
export function inviteOf(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, "")).get("invite");
}
