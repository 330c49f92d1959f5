/** The shell around the machine: carries its effects out, and tells it what the world does. */
import { signal } from "@preact/signals";
import { delay_ms } from "../shared/backoff";
import type { ShowCard } from "../shared/protocol";
import { milli, type Seconds, seconds } from "../shared/units";
import { Element } from "./element";
import { ShowEvents } from "./events";
import { type Effect, type Event, isPlaying, isReplay, type State, start, step } from "./machine";
import { type Choices, recall, remember } from "./remember";
import { Sound } from "./sound";
import type { Source } from "./source";
import { Sources, type Way } from "./sources";
import { Steering } from "./steering";

const BACKOFF = { first_ms: 250, most_ms: 3000 };

export class Player {
  readonly state;
  readonly choices = signal(recall());
  /** Of the replay: seconds since the beginning, and in all. */
  readonly position = signal<Seconds>(seconds(0));
  readonly length = signal<Seconds>(seconds(0));
  readonly sound = new Sound();
  readonly steering = new Steering(this.sound.audio);
  readonly events: ShowEvents;
  readonly #element: Element;
  readonly #sources: Sources;
  readonly #does: { [D in Effect["do"]]: (effect: Extract<Effect, { do: D }>) => void } = {
    arm: () => this.#element.arm(),
    open: ({ door }) => this.#open(door),
    load: () => this.#open("replay"),
    close: () => this.#close(),
    play: () => this.#element.play(),
    pause: () => this.#element.pause(),
    jump: () => this.#source?.jump(),
    finish: () => this.#source?.finish(),
    wait: ({ attempt }) => this.#wait(attempt),
    calm: () => clearTimeout(this.#timer),
    look: () => void this.events.look(),
  };
  #source: Source | null = null;
  #timer = 0;

  /** `show` is the show's id, `card` what the page came with. */
  constructor(show: string, card: ShowCard | null) {
    const tell = (event: Event) => this.send(event);
    this.#sources = new Sources(this.sound.audio, `/live/${show}`, {
      flowing: () => tell({ type: "flowing" }),
      lost: (cause, after_ms) => tell({ type: "lost", cause, after_ms }),
      finished: () => tell({ type: "finished" }),
    });
    this.#element = new Element(this.sound.audio, tell);
    this.events = new ShowEvents(`/live/${show}`, {
      card: (news) => tell({ type: "card", card: news }),
      studio: (here) => tell({ type: "studio", here }),
      clock: (server) => this.steering.clock(server, milli(Date.now())),
      link: (up) => tell({ type: "link", up }),
      missing: () => tell({ type: "missing" }),
    });
    this.state = signal<State>(start(card, this.#sources.doors));
    this.#measure();
    this.#apply();
  }

  get source(): Source | null {
    return this.#source;
  }

  /** One event into the machine, its effects out into the world. */
  send(event: Event): void {
    const [state, effects] = step(this.state.value, event);
    this.state.value = state;
    if (event.type === "card") this.#measure();
    if (event.type === "sound") this.sound.engage(); // begun without a press: what may sound may be measured
    for (const effect of effects) (this.#does[effect.do] as (effect: Effect) => void)(effect);
  }

  /** The one button, inside its gesture, which is what unlocks the sound. */
  toggle(): void {
    this.sound.engage();
    this.send({ type: isPlaying(this.state.value.phase) ? "pause" : "press" });
  }

  choose(change: Partial<Choices>): void {
    this.choices.value = { ...this.choices.value, ...change };
    remember(this.choices.value);
    this.#apply();
  }

  /** Replay: to `at`, or as near as there is. */
  seek(at: Seconds): void {
    const to = seconds(Math.min(Math.max(0, at), this.length.value));
    this.position.value = to;
    if (this.#source) this.sound.audio.currentTime = to;
  }

  /** Replay: where the element is, and how long it says the show was. */
  #measure(): void {
    const { duration } = this.sound.audio;
    const known = isReplay(this.state.value.phase) && this.#source && Number.isFinite(duration);
    this.length.value = seconds(known ? duration : (this.state.value.card?.duration_s ?? 0));
  }

  /** A reading of the element, for the replay's slider. */
  observe(): void {
    this.#measure();
    if (this.state.value.phase !== "replaying") return;
    this.position.value = seconds(this.sound.audio.currentTime);
  }

  /** Volume and speed, as they are chosen, onto the element. */
  #apply(): void {
    const { volume, muted, speed } = this.choices.value;
    this.sound.setVolume(volume, muted);
    if (isReplay(this.state.value.phase)) this.sound.setSpeed(speed);
  }

  #open(way: Way): void {
    this.#element.release();
    this.#source ??= this.#sources.make(way);
    this.#source.open(this.position.value);
    this.#apply();
  }

  #close(): void {
    this.#element.release();
    this.#source?.close();
    this.#source = null;
    this.steering.rest();
    this.sound.setSpeed(1);
  }

  #wait(attempt: number): void {
    clearTimeout(this.#timer);
    const wait = delay_ms(Math.max(0, attempt - 1), BACKOFF, Math.random());
    this.#timer = setTimeout(() => this.send({ type: "retry" }), wait);
  }
}
