/** Joins a seat's pure state to the browser: microphone, WebRTC, the stage socket, the screen. */

import { signal } from "@preact/signals";
import { HttpError } from "../http";
import type { Report, StageUp } from "../protocol";
import { type Milli, milli } from "../units";
import { Awake } from "./awake";
import { alreadyAllowed, type Choice } from "./devices";
import { Microphone } from "./mic-shell";
import { Relays } from "./relays";
import { Return } from "./return";
import { StageLink, type StageUrls } from "./stage-link";
import { firstState, onAir, over, silenced, type Talk, wantsSeat } from "./state";
import { type Down, type Event, step } from "./step";
import { Wire } from "./wire";

const TICK_MS = 250;
// Whatever else happens, a connection is kept until the next one is there.
const GIVEN_UP: ReadonlySet<string> = new Set(["elsewhere", "taken"]);
// The page's timers stood still for so long: the machine slept, and may have woken elsewhere. Seen by the
// clock on the wall: a page's own stands still in a sleep on Linux and macOS.
const SLEPT_MS = 3_000;

/** The page's clock: it never jumps. */
export const now = (): Milli => milli(performance.now());

const moment = () => ({ now_ms: now(), random: Math.random() });

export interface EngineOptions {
  readonly urls: StageUrls;
  /** Whether this window may still connect; `false` ends the trying. */
  readonly allowed: () => Promise<boolean>;
}

export class Engine {
  readonly talk = signal<Talk>(firstState(window.isSecureContext));
  readonly clock = signal<Milli>(now());
  readonly heard = new Return();
  /** In the green room: the programme is to be heard too. */
  readonly programme = signal(false);
  readonly mic = new Microphone({
    onEvent: (event) => this.#dispatch({ type: "mic", event }),
    onVerdict: (verdict) => {
      if (verdict !== this.talk.value.verdict) this.#dispatch({ type: "level", verdict });
    },
    onDevices: () => {
      if (this.talk.value.mic === "unplugged" && this.mic.present) void this.open();
    },
  });
  readonly #link: StageLink;
  readonly #relays: Relays;
  readonly #awake = new Awake();
  readonly #timer: number;
  #wall_ms = Date.now();
  /** When the browser last said that there is no network. */
  #offline_ms = now();
  #connected_ms = now();
  readonly #wire = new Wire(this.mic, this.heard, {
    onLost: () => this.#dispatch({ type: "lost", ...moment() }),
    onDoubt: () => this.#link.ask(),
    onStalled: () => this.#stalled(),
    onFlowing: () => this.#dispatch({ type: "flowing" }),
    onReport: (report) => this.#report(report),
    onCandidates: (candidates, complete) =>
      void this.#link.send({ type: "trickle", candidates, complete }),
  });

  constructor({ urls, allowed }: EngineOptions) {
    this.#link = new StageLink(urls.socket, {
      onOpen: () => {
        this.#dispatch({ type: "link", link: "open" });
        if (this.talk.value.seat === "mending") void this.#mend();
      },
      onLost: () => this.#dispatch({ type: "link", link: "lost" }),
      onDown: (down) => this.#onDown(down),
      allowed: async () => {
        const may = await allowed();
        if (!may) this.#dispatch({ type: "link", link: "denied" });
        return may;
      },
    });
    this.#relays = new Relays(urls.relays, urls.token);
    void this.#relays.look();
    this.#timer = window.setInterval(() => this.#tick(), TICK_MS);
    window.addEventListener("offline", this.#onOffline);
    window.addEventListener("online", this.#onOnline);
    if (window.isSecureContext) void this.#openIfAllowed();
  }

  /** The voice now, 0..1, for the thread. */
  level = (): number => (silenced(this.talk.value) ? 0 : this.mic.level());

  /** Asks for a microphone, or for another one. */
  async open(choice: Choice = this.mic.choice.value): Promise<void> {
    this.mic.choose(choice);
    this.#dispatch({ type: "mic", event: "ask" });
    if (this.talk.value.mic !== "asking") return;
    await this.mic.open(() => !silenced(this.talk.value));
    if (this.mic.track) await this.#wire.replace(this.mic.track);
  }

  /** Takes the seat from another window. */
  async take(): Promise<void> {
    if (this.talk.value.mic !== "open") await this.open();
    if (this.talk.value.mic === "open") await this.#offer(true);
  }

  mute(muted: boolean): void {
    this.#dispatch({ type: "muted", muted });
  }

  /** Push-to-talk: heard for as long as the key is down. */
  push(pushing: boolean): void {
    this.#dispatch({ type: "push", pushing });
  }

  hearProgramme(wanted: boolean): void {
    this.programme.value = wanted;
    this.send({ type: "programme", wanted });
  }

  send(up: StageUp): void {
    this.#link.send(up);
  }

  /** Does what the person asked for; a refusal is shown on the page. */
  async attempt(call: () => Promise<unknown>): Promise<void> {
    this.#dispatch({ type: "problem", problem: null });
    try {
      await call();
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      this.#dispatch({ type: "problem", problem: error.problem });
    }
  }

  /** Lets go of everything, for good. */
  close(): void {
    window.clearInterval(this.#timer);
    window.removeEventListener("offline", this.#onOffline);
    window.removeEventListener("online", this.#onOnline);
    this.#link.close({ type: "leave" });
    this.#wire.hangUp();
    this.mic.release();
    this.heard.close();
    this.#awake.set(false);
  }

  async #openIfAllowed(): Promise<void> {
    if (await alreadyAllowed()) await this.open();
  }

  #dispatch(event: Event): void {
    const before = this.talk.value;
    const after = step(before, event);
    if (after === before) return;
    this.talk.value = after;
    if (GIVEN_UP.has(after.seat) || over(after)) this.#wire.hangUp();
    if (after.seat === "mending" && before.seat !== "mending") void this.#mend();
    this.#applyMute(before, after);
    this.#awake.set(onAir(after) && !over(after));
    if (after.removed !== null) this.#link.close();
    if (over(after) && !over(before)) this.mic.release();
    if (wantsSeat(after)) void this.#offer(false);
  }

  #applyMute(before: Talk, after: Talk): void {
    const muted = silenced(after);
    this.mic.enable(!muted);
    const joined = after.seat === "in" && before.seat !== "in";
    if (joined && this.programme.value) this.hearProgramme(true);
    if (after.seat !== "in" || after.you?.mute === "held") return;
    if (joined || muted !== silenced(before)) this.send({ type: "mute", muted });
  }

  async #offer(take: boolean): Promise<void> {
    const offer = this.#wire.offer(this.mic.track, this.#relays.servers());
    this.#dispatch({ type: "offered", now_ms: now() });
    const sdp = await offer;
    if (sdp === null) return;
    const { attempt } = this.#wire;
    // A socket that is just being made anew has not told yet that it opened.
    if (!this.#link.send({ type: "offer", sdp, take, attempt }))
      this.#dispatch({ type: "link", link: "lost" });
  }

  async #mend(): Promise<void> {
    const sdp = await this.#wire.restart();
    if (sdp !== null) this.send({ type: "restart", sdp, attempt: this.#wire.attempt });
  }

  #onDown(down: Down): void {
    if (down.type === "answer") this.#wire.answer(down.sdp, down.attempt);
    if (down.type === "media" && down.state === "connected") this.#connected_ms = now();
    this.#dispatch({ type: "down", down, ...moment() });
  }

  /** Only to a studio that has said whose seat this is. */
  #report(report: Report): void {
    const { seat, you } = this.talk.value;
    if (seat === "in" && you) this.send(report);
  }

  /** The sound has stopped: alone, or with all that goes over the network. */
  #stalled(): void {
    const { seat } = this.talk.value;
    if (seat !== "in" && seat !== "mending") return;
    if (this.#link.doubt()) {
      this.#broken();
      return;
    }
    this.#link.ask();
    this.#dispatch({ type: "stalled", now_ms: now() });
  }

  #onOffline = (): void => {
    this.#offline_ms = now();
  };

  /** There is a network again, another one perhaps: unless all has found its way there already. */
  #onOnline = (): void => {
    const back = this.talk.value.link === "open" && this.#connected_ms > this.#offline_ms;
    if (!back && this.#link.doubt(true)) this.#broken();
  };

  /** The socket is being made anew, and once it is there, so is the connection, beside the old one. */
  #broken(): void {
    this.#dispatch({ type: "link", link: "connecting" });
    this.#dispatch({ type: "broken" });
  }

  #tick(): void {
    const slept = Date.now() - this.#wall_ms > SLEPT_MS;
    this.#wall_ms = Date.now();
    this.clock.value = now();
    if (slept && this.#link.doubt(true)) this.#broken();
    this.#dispatch({ type: "tick", ...moment() });
  }
}
