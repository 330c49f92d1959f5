import { useEffect, useMemo } from "preact/hooks";
import { Announce } from "../../shared/ui/announce";
import { Button } from "../../shared/ui/button";
import { Notice } from "../../shared/ui/notice";
import { ChapterBook } from "./chapter-book";
import { type Draft, wrong } from "./draft";
import "./chapters.css";

export interface ChaptersProps {
  readonly show: string;
  /** Marked as they begin; otherwise added by their times. */
  readonly live: boolean;
}

/** What the show is made of, as listeners and podcast apps see it. */
export function Chapters({ show, live }: ChaptersProps) {
  const book = useMemo(() => new ChapterBook(show), [show]);
  useEffect(() => void book.load(), [book]);
  useEffect(() => (live ? onKey(book.mark) : undefined), [book, live]);
  const drafts = book.drafts.value;
  return (
    <>
      {drafts.length > 0 && (
        <ol class="chapter-rows">
          {drafts.map((draft, place) => (
            <Entry key={draft.id} book={book} draft={draft} place={place + 1} />
          ))}
        </ol>
      )}
      {book.problem.value && <Notice title={book.problem.value} urgent />}
      <div class="cluster">
        {live ? (
          <Button onClick={() => void book.mark()}>
            Mark a chapter <kbd>C</kbd>
          </Button>
        ) : (
          <Button icon="plus" onClick={book.add}>
            Add a chapter
          </Button>
        )}
        {book.changed.value && (
          <Button kind="solid" disabled={!book.keepable.value} onClick={() => void book.keep()}>
            Save the chapters
          </Button>
        )}
      </div>
      <p class="small soft">
        {live
          ? "A chapter begins at the moment you press. Name it then or later."
          : "Listeners see them on the show's page, podcast apps in their list."}
      </p>
      <Announce text={book.said.value} />
    </>
  );
}

interface EntryProps {
  readonly book: ChapterBook;
  readonly draft: Draft;
  readonly place: number;
}

function Entry({ book, draft, place }: EntryProps) {
  const problem = wrong(draft);
  const about = `chapter-${draft.id}`;
  return (
    <li class="chapter-row">
      <input
        class="chapter-time figures"
        aria-label={`Chapter ${place} begins at`}
        placeholder="1:02:03"
        value={draft.time}
        aria-describedby={about}
        onInput={(event) => book.edit(draft.id, { time: event.currentTarget.value })}
      />
      <input
        class="chapter-title"
        aria-label={`Title of chapter ${place}`}
        dir="auto"
        maxLength={200}
        value={draft.title}
        aria-describedby={about}
        onInput={(event) => book.edit(draft.id, { title: event.currentTarget.value })}
      />
      <Button kind="plain" onClick={() => book.remove(draft.id)}>
        Remove<span class="unseen"> chapter {place}</span>
      </Button>
      <p id={about} class="small chapter-wrong">
        {book.changed.value && problem}
      </p>
    </li>
  );
}

/** C, where no field and no combination wants it. Returns what ends that. */
function onKey(mark: () => Promise<void>): () => void {
  const press = (event: KeyboardEvent) => {
    const { key, target, repeat, ctrlKey, metaKey, altKey } = event;
    const writing = target instanceof Element && target.closest("input, textarea, select");
    if (key.toLowerCase() !== "c" || repeat || ctrlKey || metaKey || altKey || writing) return;
    event.preventDefault();
    void mark();
  };
  addEventListener("keydown", press);
  return () => removeEventListener("keydown", press);
}
