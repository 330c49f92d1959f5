/** The way to the studio of one raised hand: asks, waits, asks again if the studio forgot. */

import { delay_ms } from "../../shared/backoff";
import { ask, HttpError } from "../../shared/http";
import type { HandIs, Problem } from "../../shared/protocol";
import { socketUrl } from "../../shared/talk/stage-link";

const RETRY = { first_ms: 500, most_ms: 5_000 };

export interface Wish {
  readonly name: string;
  readonly about: string;
}

export interface HandHandlers {
  readonly onRaised: (token: string) => void;
  readonly onRefused: (problem: Problem) => void;
  readonly onNews: (news: HandIs) => void;
}

export class HandLink {
  readonly #studio: string;
  readonly #show: string;
  readonly #wish: Wish;
  readonly #handlers: HandHandlers;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #timer = 0;
  #closed = false;

  /** With a `token`, a hand that was raised before a reload. */
  constructor(
    studio: string,
    show: string,
    wish: Wish,
    token: string | null,
    handlers: HandHandlers,
  ) {
    this.#studio = studio;
    this.#show = show;
    this.#wish = wish;
    this.#handlers = handlers;
    if (token) this.#connect(token);
    else void this.#raise();
  }

  lower(): void {
    if (this.#socket?.readyState === WebSocket.OPEN)
      this.#socket.send(JSON.stringify({ type: "lower" }));
    this.close();
  }

  close(): void {
    this.#closed = true;
    window.clearTimeout(this.#timer);
    // A word that is still on its way out goes first.
    this.#socket?.close();
  }

  async #raise(): Promise<void> {
    try {
      const path = `${this.#studio}/api/shows/${this.#show}/hands`;
      const { token } = await ask<{ readonly token: string }>("POST", path, this.#wish);
      if (this.#closed) return;
      this.#handlers.onRaised(token);
      this.#connect(token);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      // The first time its person is told; later, a studio that is away is waited for.
      if (this.#attempt === 0 || error.status > 0) this.#handlers.onRefused(error.problem);
      else this.#again(() => void this.#raise());
    }
  }

  #connect(token: string): void {
    const path = `/api/shows/${this.#show}/hand`;
    const socket = new WebSocket(socketUrl(this.#studio, path, { token }));
    this.#socket = socket;
    let opened = false;
    socket.addEventListener("open", () => {
      opened = true;
      this.#attempt = 0;
    });
    socket.addEventListener("message", ({ data }) => {
      this.#handlers.onNews(JSON.parse(String(data)) as HandIs);
    });
    socket.addEventListener("close", () => {
      // Not let in: hands live in the studio's memory, and it has started again. So it is asked again.
      this.#again(() => (opened ? this.#connect(token) : void this.#raise()));
    });
  }

  #again(then: () => void): void {
    if (this.#closed) return;
    const wait = delay_ms(this.#attempt, RETRY, Math.random());
    this.#attempt += 1;
    this.#timer = window.setTimeout(then, wait);
  }
}
