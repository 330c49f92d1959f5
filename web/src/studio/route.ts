/** Which page an address is, and the key that it carries. Pure. */

export type Route = { readonly page: "owner" } | { readonly page: "host"; readonly show: string };

// card.SHOW_ID: ten characters of Crockford base 32.
const HOST = /^\/studio\/([0-9a-hjkmnp-tv-z]{10})\/?$/;

export function routeOf(pathname: string): Route {
  const show = HOST.exec(pathname)?.[1];
  return show ? { page: "host", show } : { page: "owner" };
}

/** The key in a fragment: `#owner=KEY` or `#key=KEY`. Fragments never reach a server or its logs. */
export function keyOf(hash: string): string | null {
  const found = new URLSearchParams(hash.replace(/^#/, ""));
  return found.get("owner") ?? found.get("key");
}
