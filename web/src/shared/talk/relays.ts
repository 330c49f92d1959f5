/** The TURN servers that this seat may use, asked for early: an offer does not wait for them. */

import { ask } from "../http";

// The rights to a relay end after a while; a connection that is made later asks again.
const FRESH_MS = 15 * 60_000;
// A first offer waits for the answer at most this long: most people need no relay.
const PATIENCE_MS = 800;

interface Answer {
  readonly ice_servers: readonly RTCIceServer[];
}

export class Relays {
  readonly #url: string;
  readonly #token: string | undefined;
  #asked: Promise<readonly RTCIceServer[]> | null = null;
  #asked_ms = 0;

  /** With a `token`, where no cookie speaks for this page. */
  constructor(url: string, token?: string) {
    this.#url = url;
    this.#token = token;
  }

  /** Asks, unless that was done a short while ago. */
  look(): Promise<readonly RTCIceServer[]> {
    const old = performance.now() - this.#asked_ms > FRESH_MS;
    if (this.#asked && !old) return this.#asked;
    this.#asked_ms = performance.now();
    this.#asked = ask<Answer>("POST", this.#url, {}, this.#token).then(
      ({ ice_servers }) => ice_servers,
      () => {
        this.#asked = null;
        return [];
      },
    );
    return this.#asked;
  }

  /** What is known within a moment; none is no reason to wait. */
  async servers(): Promise<readonly RTCIceServer[]> {
    const late = new Promise<readonly RTCIceServer[]>((resolve) => {
      window.setTimeout(() => resolve([]), PATIENCE_MS);
    });
    return Promise.race([this.look(), late]);
  }
}
