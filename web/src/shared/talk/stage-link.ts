/** The stage socket, for as long as the page is open: connects, and connects again. */

import { delay_ms } from "../backoff";
import type { StageUp } from "../protocol";
import type { Down } from "./step";

const RETRY = { first_ms: 200, most_ms: 1_000 };

// The studio speaks once a second; silence of this length is a dead connection that nobody closed. The
// voice goes on meanwhile, so that a wrong guess costs nothing.
const SILENCE_MS = 3_000;
// The first attempts are given up sooner: what a network swallowed that was just coming, no patience
// brings back. The later ones leave a slow line its time.
const OPENING = { first_ms: 1_000, most_ms: SILENCE_MS };
// The sound has stopped, and a word was asked for: when none has come for so long, both have broken.
const DOUBT_MS = 250;
// A request that left by a network that is gone is answered by nobody.
const PATIENCE_MS = 1_000;

export interface LinkHandlers {
  readonly onOpen: () => void;
  readonly onLost: () => void;
  readonly onDown: (down: Down) => void;
  /** Asked before each attempt after the first; `false` ends the trying. */
  readonly allowed: () => Promise<boolean>;
}

export class StageLink {
  readonly #url: string;
  readonly #handlers: LinkHandlers;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #timer = 0;
  #watch = 0;
  #heard_ms = 0;
  #closed = false;

  constructor(url: string, handlers: LinkHandlers) {
    this.#url = url;
    this.#handlers = handlers;
    this.#connect();
  }

  /** Sends, if there is a connection; otherwise says so. */
  send(up: StageUp): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(up));
    return true;
  }

  /** Has the studio say how things stand, to hear whether it is there. */
  ask(): void {
    this.send({ type: "ping" });
  }

  /**
   * Connects anew at once if nothing has been heard for a moment; whether it does. `sure`: the
   * network has changed, whatever was heard.
   */
  doubt(sure = false): boolean {
    const silent_ms = performance.now() - this.#heard_ms;
    const waiting = this.#socket !== null && silent_ms < DOUBT_MS;
    if (this.#closed || (waiting && !sure)) return false;
    this.#attempt = 0;
    const socket = this.#socket;
    window.clearTimeout(this.#timer);
    this.#connect();
    socket?.close();
    return true;
  }

  /** Ends it; `last` is still said, also by a connection that is just being made. */
  close(last?: StageUp): void {
    const socket = this.#socket;
    this.#closed = true;
    window.clearTimeout(this.#timer);
    window.clearTimeout(this.#watch);
    if (last === undefined || this.send(last) || socket?.readyState !== WebSocket.CONNECTING) {
      socket?.close();
      return;
    }
    socket.addEventListener("open", () => {
      socket.send(JSON.stringify(last));
      socket.close();
    });
  }

  #connect(): void {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#heard(socket, delay_ms(this.#attempt, OPENING, 1));
    socket.addEventListener("open", () => {
      if (this.#closed) return;
      this.#heard(socket);
      this.#handlers.onOpen();
    });
    socket.addEventListener("message", ({ data }) => {
      if (this.#closed) return;
      this.#attempt = 0;
      this.#heard(socket);
      this.#handlers.onDown(JSON.parse(String(data)) as Down);
    });
    socket.addEventListener("close", () => this.#lost(socket));
  }

  #heard(socket: WebSocket, patience_ms = SILENCE_MS): void {
    this.#heard_ms = performance.now();
    window.clearTimeout(this.#watch);
    this.#watch = window.setTimeout(() => {
      socket.close();
      this.#lost(socket);
    }, patience_ms);
  }

  #lost(socket: WebSocket): void {
    if (this.#closed || socket !== this.#socket) return;
    this.#socket = null;
    window.clearTimeout(this.#watch);
    this.#handlers.onLost();
    const wait = delay_ms(this.#attempt, RETRY, Math.random());
    this.#attempt += 1;
    this.#timer = window.setTimeout(() => void this.#again(), wait);
  }

  async #again(): Promise<void> {
    const asked = this.#handlers.allowed().then((may) => {
      if (!may) this.close();
    });
    const late = new Promise<void>((resolve) => window.setTimeout(resolve, PATIENCE_MS));
    await Promise.race([asked, late]);
    if (!this.#closed && this.#socket === null) this.#connect();
  }
}

/** A socket's address on the studio at `studio`, an origin such as `https://studio.example`. */
export function socketUrl(studio: string, path: string, query: Record<string, string>): string {
  return `${studio.replace(/^http/, "ws")}${path}?${new URLSearchParams(query)}`;
}

/** Where a seat of `show` talks to the studio; `query` says by what right. */
export function stageUrls(studio: string, show: string, query: Record<string, string>): StageUrls {
  const path = `/api/shows/${show}`;
  // A token stands in an address only where nothing else is to be had: a browser's WebSocket.
  const { token, ...rest } = query;
  return {
    // The window's name lets a reload take its own seat back.
    socket: socketUrl(studio, `${path}/stage`, { window: windowName(), ...query }),
    relays: `${studio}${path}/ice?${new URLSearchParams(rest)}`,
    token,
  };
}

export interface StageUrls {
  readonly socket: string;
  readonly relays: string;
  readonly token: string | undefined;
}

const STORE = "vivavoce.window";

/** This window's name: kept over a reload, new in every other window. */
export function windowName(): string {
  const fresh = crypto.getRandomValues(new Uint32Array(4)).join("-");
  try {
    const name = sessionStorage.getItem(STORE) ?? fresh;
    sessionStorage.setItem(STORE, name);
    return name;
  } catch {
    return fresh; // Storage refused: a reload is then a window of its own.
  }
}
