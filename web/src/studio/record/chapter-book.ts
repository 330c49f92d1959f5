/** The chapters of one show, as the studio has them and as they are being edited. */
import { computed, signal } from "@preact/signals";
import { HttpError } from "../../shared/http";
import { chaptersOf, type Draft, draftsOf } from "./draft";
import { recordApi as api } from "./record-api";

export class ChapterBook {
  readonly drafts = signal<readonly Draft[]>([]);
  readonly problem = signal<string | null>(null);
  /** What was just done, for those who cannot see it. */
  readonly said = signal("");
  readonly changed = signal(false);
  readonly keepable = computed(() => this.changed.value && chaptersOf(this.drafts.value) !== null);
  readonly #show: string;
  #next = 0;

  constructor(show: string) {
    this.#show = show;
  }

  load = (): Promise<void> =>
    this.#attempt(async () => this.#took((await api.chapters(this.#show)).chapters));

  /** Live: a chapter begins now. */
  mark = (): Promise<void> =>
    this.#attempt(async () => {
      const title = `Chapter ${this.drafts.value.length + 1}`;
      const made = await api.mark(this.#show, title);
      this.drafts.value = [...this.drafts.value, ...this.#numbered([made])];
      this.said.value = `${title} begins now.`;
    });

  keep = (): Promise<void> =>
    this.#attempt(async () => {
      const wanted = chaptersOf(this.drafts.value);
      if (wanted === null) return;
      this.#took((await api.setChapters(this.#show, { chapters: wanted })).chapters);
      this.said.value = "The chapters are kept.";
    });

  add = (): void => {
    this.drafts.value = [...this.drafts.value, { id: this.#next, time: "", title: "" }];
    this.#next += 1;
    this.changed.value = true;
  };

  edit = (id: number, change: Partial<Draft>): void => {
    this.drafts.value = this.drafts.value.map((one) =>
      one.id === id ? { ...one, ...change } : one,
    );
    this.changed.value = true;
  };

  remove = (id: number): void => {
    this.drafts.value = this.drafts.value.filter((one) => one.id !== id);
    this.changed.value = true;
  };

  #took(chapters: Parameters<typeof draftsOf>[0]): void {
    this.drafts.value = this.#numbered(chapters);
    this.changed.value = false;
  }

  #numbered(chapters: Parameters<typeof draftsOf>[0]): Draft[] {
    const drafts = draftsOf(chapters, this.#next);
    this.#next += drafts.length;
    return drafts;
  }

  async #attempt(call: () => Promise<void>): Promise<void> {
    this.problem.value = null;
    this.said.value = "";
    try {
      await call();
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      this.problem.value = error.problem.message;
    }
  }
}
