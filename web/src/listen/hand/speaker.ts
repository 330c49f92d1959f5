/** A listener who speaks: the hand, then the stage, and the sound between stream and stage. */

import { effect, signal } from "@preact/signals";
import type { Engine } from "../../shared/talk/engine";
import { stageUrls } from "../../shared/talk/stage-link";
import { isPlaying } from "../machine";
import type { Player } from "../player";
import { DOWN, type Event, type Hand, step } from "./hand";
import { HandLink, type Wish } from "./hand-link";
import { keep, recall } from "./kept";

// A return that breaks is sought again within this; only then the stream takes over.
const PATIENCE_MS = 700;
// Goodbye: the stage is heard until the stream sounds, or for this long.
const OVERLAP_MS = 2_000;
// A seat that the studio does not know any more is not knocked at for ever.
const TRIES = 30;

// What speaking needs comes to those who raise a hand, while they wait.
const load = () => import("../../shared/talk/engine");

export class Speaker {
  readonly hand = signal<Hand>(DOWN);
  readonly engine = signal<Engine | null>(null);
  readonly #show: string;
  readonly #player: Player;
  #studio = "";
  #link: HandLink | null = null;
  #wish: Wish = { name: "", about: "" };
  #token: string | null = null;
  #returning = false;
  #paused = false;
  #timer = 0;

  constructor(show: string, player: Player) {
    this.#show = show;
    this.#player = player;
  }

  /** Takes up a hand that was raised before a reload. */
  resume(studio: string): void {
    const kept = recall(this.#show);
    if (!kept || this.#link) return;
    this.#studio = studio;
    this.#token = kept.token;
    this.#returning = kept.stage;
    this.#wish = kept;
    this.send({ type: "raised" });
    this.#join(kept.token);
  }

  raise(studio: string, wish: Wish): void {
    this.#studio = studio;
    this.#wish = wish;
    this.send({ type: "sent" });
    this.#join(null);
  }

  lower(): void {
    this.#link?.lower();
    this.send({ type: "cancel" });
  }

  /** From the queue onto the stage: the stream plays on until the stage sounds. */
  async come(): Promise<void> {
    const token = this.#token;
    if (!token) return;
    this.#link?.close();
    const talk = await load();
    let tries = 0;
    const engine: Engine = new talk.Engine({
      urls: stageUrls(this.#studio, this.#show, { token }),
      allowed: () => {
        tries = engine.talk.value.link === "open" ? 0 : tries + 1;
        return Promise.resolve(tries < TRIES);
      },
    });
    this.engine.value = engine;
    this.send({ type: "come" });
    keep(this.#show, { ...this.#wish, token, stage: true });
    void engine.open();
    this.#follow(engine);
  }

  /** Back to the stream, without a pause in what is heard. */
  async leave(word = ""): Promise<void> {
    const engine = this.engine.value;
    if (!engine) return;
    this.engine.value = null;
    keep(this.#show, null);
    engine.mute(true);
    this.send({ type: "left", word });
    this.#stream(true);
    // Came by a reload, and has not listened since: this press is the first.
    if (this.#player.state.value.phase === "ready") this.#player.toggle();
    await this.#sounding();
    engine.close();
  }

  send(event: Event): void {
    this.hand.value = step(this.hand.value, event);
    if (this.hand.value.phase === "down") this.#forget();
    if (this.hand.value.phase === "waiting") void load();
    if (this.hand.value.phase === "called" && this.#returning) void this.come();
  }

  #forget(): void {
    this.#link?.close();
    this.#link = null;
    this.#returning = false;
    keep(this.#show, null);
  }

  #join(token: string | null): void {
    this.#link?.close();
    this.#link = new HandLink(this.#studio, this.#show, this.#wish, token, {
      onRaised: (fresh) => {
        this.#token = fresh;
        keep(this.#show, { ...this.#wish, token: fresh, stage: false });
        this.send({ type: "raised" });
      },
      onRefused: (problem) => {
        this.send({ type: "refused", problem });
        this.send({ type: "left", word: problem.message });
      },
      onNews: (news) => this.send({ type: "news", news }),
    });
  }

  /** The sound comes from the stage while it comes, and from the stream when it does not. */
  #follow(engine: Engine): void {
    const stop = effect(() => {
      const { removed, link, status } = engine.talk.value;
      const sounds = engine.heard.playing.value;
      if (this.engine.peek() !== engine) return;
      window.clearTimeout(this.#timer);
      if (sounds) this.#stream(false);
      else this.#timer = window.setTimeout(() => this.#stream(true), PATIENCE_MS);
      const over = removed ?? (link === "denied" || status?.card.state === "ended" ? "" : null);
      if (over === null) return;
      queueMicrotask(() => {
        stop();
        void this.leave(over);
      });
    });
  }

  #stream(on: boolean): void {
    if (!on && isPlaying(this.#player.state.peek().phase)) {
      this.#paused = true;
      this.#player.send({ type: "pause" });
    } else if (on && this.#paused) {
      this.#paused = false;
      this.#player.send({ type: "jump" });
    }
  }

  #sounding(): Promise<void> {
    return new Promise((resolve) => {
      const timer = window.setTimeout(resolve, OVERLAP_MS);
      const stop = effect(() => {
        if (this.#player.state.value.phase !== "live") return;
        window.clearTimeout(timer);
        resolve();
      });
      window.setTimeout(stop, OVERLAP_MS);
    });
  }
}
