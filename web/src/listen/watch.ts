/** Four looks a second at the clocks and the element; what they show becomes events. */
import { signal } from "@preact/signals";
import { type Milli, milli, seconds } from "../shared/units";
import { isReplay } from "./machine";
import { type Motion, read, still } from "./motion";
import type { Player } from "./player";

const TICK_MS = 250;
/** A page paused this long lets go of its connection; nobody goes back so far. */
const WEARY_MS = 300_000;

export class Watch {
  /** Unix time for countdowns, by the second. */
  readonly now = signal<Milli>(milli(Date.now()));
  readonly #player: Player;
  #motion: Motion = still(seconds(0), milli(0));
  #paused: Milli | null = null;

  constructor(player: Player) {
    this.#player = player;
  }

  /** For as long as the page is open. */
  begin(): void {
    const { audio } = this.#player.sound;
    this.#player.events.open();
    setInterval(() => this.#look(), TICK_MS);
    audio.addEventListener("timeupdate", () => this.#motions(milli(Date.now())));
    addEventListener("online", () => {
      this.#player.events.open();
      this.#player.send({ type: "online" });
    });
  }

  #look(): void {
    const now = milli(Date.now());
    if (Math.floor(now / 1000) !== Math.floor(this.now.value / 1000)) this.now.value = now;
    this.#player.events.tick(now);
    this.#tick(now);
    this.#motions(now);
    this.#player.observe();
    this.#patience(now);
  }

  #tick(now: Milli): void {
    const { source, steering } = this.#player;
    const { card, here, sounding, shifted, phase } = this.#player.state.value;
    if (!source) return;
    const epoch = card?.epoch_ms ?? null;
    const live = steering.live(epoch, now);
    source.tick({ now, live, distance: steering.distance(source), here, moving: sounding });
    if (isReplay(phase)) return;
    if ((sounding || phase === "paused") && live !== null && epoch !== null) {
      steering.steer(source, epoch, live, !shifted, now);
    }
  }

  #motions(now: Milli): void {
    const { source, sound, steering, state } = this.#player;
    if (!source) return;
    this.#motion = read(this.#motion, seconds(sound.audio.currentTime), now);
    const sounding = this.#motion.moving && sound.reaches;
    if (sounding === state.value.sounding) return;
    const starved = state.value.phase === "live" && state.value.here && !this.#motion.moving;
    if (starved) steering.stalled(now);
    this.#player.send({ type: sounding ? "sound" : "dry" });
  }

  #patience(now: Milli): void {
    this.#paused = this.#player.state.value.phase === "paused" ? (this.#paused ?? now) : null;
    if (this.#paused === null || now - this.#paused < WEARY_MS) return;
    this.#paused = now;
    this.#player.send({ type: "weary" });
  }
}
