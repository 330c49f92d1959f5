/** The shell around the machine: carries its effects out, and tells it what the world does. */
import { signal } from "@preact/signals";
import { delay_ms } from "../shared/backoff";
import type { ShowCard } from "../shared/protocol";
import { clockText } from "../shared/time";
import { milli, type Seconds, seconds } from "../shared/units";
import type { Codec } from "./doors";
import { Element } from "./element";
import { ShowEvents } from "./events";
import {
  type Cause,
  type Effect,
  type Event,
  isPlaying,
  isReplay,
  type State,
  start,
  step,
} from "./machine";
import { type Choices, recall, remember } from "./remember";
import { type Wish, type Wrong, wish } from "./replay/moment";
import type { Shelf } from "./replay/record-source";
import { Records } from "./replay/records";
import { type Start, whole } from "./replay/timeline";
import { Sound } from "./sound";
import type { Source } from "./source";
import { Sources, type Way } from "./sources";
import { Steering } from "./steering";

/** The listener asked for no byte that nobody asked for. */
const thrifty = () =>
  (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;

/** The event stream says the time every 5 s, and an answer is waited for no shorter (`push.ts`). */
const CLOCK_MS = 6000;

const BACKOFF = { first_ms: 250, most_ms: 3000 };

export class Player {
  readonly state;
  readonly choices = signal(recall());
  /** Of the replay: seconds of playing time since the beginning, and in all. */
  readonly position = signal<Seconds>(seconds(0));
  readonly length = signal<Seconds>(seconds(0));
  /** Where a range begins, and where it ends, that is played by itself. */
  readonly since = signal<Seconds>(seconds(0));
  readonly until = signal<Seconds | null>(null);
  readonly sound = new Sound();
  readonly steering = new Steering(this.sound.audio);
  readonly events: ShowEvents;
  readonly records: Records;
  readonly #element: Element;
  readonly #sources: Sources;
  readonly #does: { [D in Effect["do"]]: (effect: Extract<Effect, { do: D }>) => void } = {
    arm: () => this.#element.arm(),
    open: ({ door }) => this.#open(door),
    load: () => this.#open(this.isLive ? "rewind" : "replay"),
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
  /** A replay's, with its first sound in it, before anybody presses. */
  #ready: Source | null = null;
  #timer = 0;
  #stop = 0;

  /** What the page's address asked for: a moment or a range, if it says so. */
  readonly linked: Wish | Wrong | null;

  /** `show` is the show's id, `card` and `begin` what the page came with; `search` its query. */
  constructor(show: string, card: ShowCard | null, begin: Start | null = null, search = "") {
    const tell = (event: Event) => this.send(event);
    this.records = new Records(`/live/${show}`, begin);
    const shelf = (codec: Codec) => this.#shelf(codec);
    this.#sources = new Sources(this.sound.audio, `/live/${show}`, shelf, {
      flowing: () => tell({ type: "flowing" }),
      lost: (cause, after_ms) => tell({ type: "lost", cause: this.#blame(cause), after_ms }),
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
    this.position.value = this.records.timeline.value.opening;
    this.linked = wish(search, this.length.value > 0 ? this.length.value : null);
    if (this.linked && "at" in this.linked) this.#point(this.linked.at, this.linked.to);
    this.#apply();
  }

  get source(): Source | null {
    return this.#source;
  }

  get isLive(): boolean {
    return this.state.value.card?.state === "live";
  }

  /** One event into the machine, its effects out into the world. */
  send(event: Event): void {
    const before = this.state.value.card;
    const [state, effects] = step(this.state.value, event);
    this.state.value = state;
    if (event.type === "card") this.#measure();
    if (state.card !== before) this.#recall(before, state.card);
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
    if (this.until.value !== null && to >= this.until.value) this.until.value = null;
    (this.#source ?? this.#ready)?.seek(to);
  }

  /** Fetches what a press would play first, so that the press only has to play it. */
  prime(): void {
    const idle = this.state.value.phase === "over" && !this.#source && !this.#ready;
    if (!idle || !this.#sources.primes || thrifty()) return;
    this.#ready = this.#sources.make("replay", 0);
    this.#ready.open(this.position.value);
  }

  #point(at: Seconds, to: Seconds | null): void {
    this.seek(at);
    this.since.value = this.position.value;
    this.until.value = to;
  }

  /** What the button of a replay that has not begun says. */
  invitation(): string {
    const asked = this.linked && "at" in this.linked;
    const at = this.position.value;
    if (this.until.value !== null) return `Play ${clockText(at)} to ${clockText(this.until.value)}`;
    return asked ? `Play from ${clockText(at)}` : "Play the whole show";
  }

  /** Replay: to the next who speaks (1), or the beginning of this turn and before (-1). */
  nextSpeaker(way: 1 | -1): void {
    const talk = this.records.talk.value;
    const at = this.position.value;
    const to = way > 0 ? talk?.next(at) : talk?.previous(at);
    if (to !== null && to !== undefined) this.seek(to);
  }

  /** Inside a gesture: plays from `at`, in a live show back in it; up to `to`, if that is given. */
  playFrom(at: Seconds, to: Seconds | null = null): void {
    const { phase } = this.state.value;
    this.#measure();
    this.#point(at, to);
    this.sound.engage();
    if (!isReplay(phase)) this.send({ type: "rewind" });
    else if (!isPlaying(phase)) this.send({ type: "press" });
  }

  /** Live: so much back from what is heard now. */
  rewind(by_s: number): void {
    this.#measure();
    const behind = this.steering.behind.value ?? seconds(0);
    this.playFrom(seconds(this.length.value - behind - by_s));
  }

  /** Replay: where the element is, and how long it says the show was. */
  #measure(): void {
    const { card, phase } = this.state.value;
    const { duration } = this.sound.audio;
    const known = isReplay(phase) && !this.isLive && this.#source && Number.isFinite(duration);
    if (known) this.length.value = seconds(duration);
    else this.length.value = this.isLive ? this.#heardSoFar() : seconds(card?.duration_s ?? 0);
  }

  /** A reading of the element, for the replay's slider; and what is to be left out, is. */
  observe(): void {
    this.#measure();
    if (this.state.value.phase !== "replaying") return;
    const at = seconds(this.sound.audio.currentTime);
    this.position.value = at;
    this.#stopAtEnd(at);
    const on = this.choices.value.skip ? this.records.talk.value?.skip(at) : null;
    if (on) this.seek(on);
  }

  /** Of a live show: up to where one may go back in it, playing time. */
  #heardSoFar(): Seconds {
    const epoch = this.state.value.card?.epoch_ms ?? null;
    const live = this.steering.live(epoch, milli(Date.now()));
    const { value } = this.records.timeline;
    if (live === null && epoch !== null) return whole(value, seconds((Date.now() - epoch) / 1000));
    return live === null ? seconds(0) : whole(value, live);
  }

  /** The end of a range is nearer than the next reading: to the tenth of a second. */
  #stopAtEnd(at: Seconds): void {
    const left = this.until.value === null ? null : this.until.value - at;
    clearTimeout(this.#stop);
    if (left === null || left > 0.6) return;
    const stop = () => {
      this.until.value = null;
      this.send({ type: "pause" });
    };
    this.#stop = setTimeout(stop, (Math.max(0, left) * 1000) / this.sound.audio.playbackRate);
  }

  /** The card says that the record is another one by now. */
  #recall(before: ShowCard | null, card: ShowCard | null): void {
    const ended = before?.state === "live" && card?.state === "ended";
    if (!before || !card || (!ended && card.edition === before.edition)) return;
    this.#unready();
    void this.records.refresh().then(() => {
      if (this.position.value === 0) this.position.value = this.records.timeline.value.opening;
    });
  }

  #shelf(codec: Codec): Shelf {
    const player = this;
    return {
      get timeline() {
        return player.records.timeline.value;
      },
      get end() {
        return player.isLive
          ? player.#heardSoFar()
          : seconds(player.state.value.card?.duration_s ?? 0);
      },
      get live() {
        return player.isLive;
      },
      head: this.records.head(codec),
      refresh: () => this.records.refresh(),
    };
  }

  /** Volume and speed, as they are chosen, onto the element. */
  #apply(): void {
    const { volume, muted, speed } = this.choices.value;
    this.sound.setVolume(volume, muted);
    if (isReplay(this.state.value.phase)) this.sound.setSpeed(speed);
  }

  #open(way: Way): void {
    this.#element.release();
    this.#source ??= this.#ready ?? this.#sources.make(way, this.state.value.card?.batch_ms ?? 0);
    this.#ready = null;
    this.#source.open(this.position.value);
    this.#apply();
  }

  #close(): void {
    this.#element.release();
    this.#unready();
    this.#source?.close();
    this.#source = null;
    this.steering.rest();
    this.sound.setSpeed(1);
  }

  /** A silence is the door's fault if the edge is to be heard otherwise, and else the network's. */
  #blame(cause: Cause): Cause {
    return cause === "silence" && this.events.heardWithin(CLOCK_MS) ? "connection" : cause;
  }

  #unready(): void {
    this.#ready?.close();
    this.#ready = null;
  }

  #wait(attempt: number): void {
    clearTimeout(this.#timer);
    const wait = delay_ms(Math.max(0, attempt - 1), BACKOFF, Math.random());
    this.#timer = setTimeout(() => this.send({ type: "retry" }), wait);
  }
}
