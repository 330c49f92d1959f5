/** The show's event stream: card, studio, clock. Connects again by itself, for ever. */
import { delay_ms } from "../shared/backoff";
import type { ShowCard } from "../shared/protocol";
import { type Milli, milli } from "../shared/units";

export interface News {
  card(card: ShowCard): void;
  studio(here: boolean): void;
  /** The server's clock, just now. */
  clock(server: Milli): void;
  link(up: boolean): void;
  /** No show has this address. */
  missing(): void;
}

/** `clock` comes every 5 s; two missed and some slack is a dead line. */
const DEAD_MS = 12_000;
const BACKOFF = { first_ms: 250, most_ms: 3000 };

export class ShowEvents {
  readonly #base: string;
  readonly #news: News;
  #stream: EventSource | null = null;
  #timer = 0;
  #attempt = 0;
  #heard: Milli = milli(0);
  /** This stream has said something. */
  #said = false;

  /** `base` is the show's address under `/live/`. */
  constructor(base: string, news: News) {
    this.#base = base;
    this.#news = news;
  }

  open(): void {
    clearTimeout(this.#timer);
    this.#stream?.close();
    const stream = new EventSource(`${this.#base}/events`);
    this.#stream = stream;
    this.#said = false;
    this.#heard = milli(Date.now());
    this.#on(stream, "card", (data) => this.#news.card(data as ShowCard));
    this.#on(stream, "studio", (data) => this.#news.studio((data as { here: boolean }).here));
    this.#on(stream, "clock", (data) => this.#news.clock((data as { now_ms: Milli }).now_ms));
    stream.onopen = () => {
      this.#attempt = 0;
      this.#news.link(true);
    };
    stream.onerror = () => this.#broke();
  }

  /** Something came within the last `ms`: a clock does every five seconds. */
  heardWithin(ms: number): boolean {
    return this.#stream !== null && this.#said && Date.now() - this.#heard < ms;
  }

  /** Looks after a line that went dead without a word: after sleep, behind a lost network. */
  tick(now: Milli): void {
    if (this.#stream && now - this.#heard > DEAD_MS) this.#broke();
  }

  /** Fetches the card now. */
  async look(): Promise<void> {
    try {
      const response = await fetch(`${this.#base}/card.json`, { cache: "no-cache" });
      // 410: there was one, and its host has deleted it.
      if (response.status === 404 || response.status === 410) this.#news.missing();
      else if (response.ok) this.#news.card((await response.json()) as ShowCard);
    } catch {
      // The event stream says the same, and is the one that tries again.
    }
  }

  #on(stream: EventSource, name: string, tell: (data: unknown) => void): void {
    stream.addEventListener(name, (event) => {
      if (stream !== this.#stream) return;
      this.#heard = milli(Date.now());
      this.#said = true;
      tell(JSON.parse(event.data));
    });
  }

  #broke(): void {
    this.#stream?.close();
    this.#stream = null;
    this.#news.link(false);
    const wait = delay_ms(this.#attempt, BACKOFF, Math.random());
    this.#attempt += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void this.look();
      this.open();
    }, wait);
  }
}
