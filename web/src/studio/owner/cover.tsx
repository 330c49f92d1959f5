import { useSignal } from "@preact/signals";
import { HttpError } from "../../shared/http";
import { Button } from "../../shared/ui/button";
import { Icon } from "../../shared/ui/icon";
import { Notice } from "../../shared/ui/notice";
import { type Series, seriesApi } from "./series-api";
import "./cover.css";

export interface CoverProps {
  readonly series: Series;
  readonly onChange: (now: Series) => void;
}

/** What the server takes (`control/guard.py`). */
const KINDS = ["image/jpeg", "image/png", "image/webp"];

/** As the server has it (`export/cover.py`); told before ten megabytes are sent in vain. */
const MOST_BYTES = 10 * 1024 * 1024;

/** A podcast's picture: one's own, or the one that is drawn from the title. */
export function Cover({ series, onChange }: CoverProps) {
  const busy = useSignal(false);
  const problem = useSignal<string | null>(null);
  const run = async (work: () => Promise<Series>) => {
    busy.value = true;
    problem.value = null;
    try {
      onChange(await work());
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      problem.value = error.problem.message;
    } finally {
      busy.value = false;
    }
  };
  const choose = (input: HTMLInputElement) => {
    const file = input.files?.[0];
    input.value = ""; // the same file may be chosen again after an error
    if (!file) return;
    if (!KINDS.includes(file.type)) problem.value = "Choose a JPEG, PNG or WebP picture.";
    else if (file.size > MOST_BYTES)
      problem.value = "This picture has more than 10 MB. Choose a smaller one.";
    else void run(() => seriesApi.dress(series.series, file));
  };
  const whose = <span class="unseen"> of “{series.title}”</span>;
  return (
    <div class="cover">
      {series.cover && (
        <img
          class="cover-picture"
          src={`/api/series/${series.series}/cover?${series.cover_url.split("/").at(-1)}`}
          alt={`Cover of “${series.title}”`}
        />
      )}
      <div class="stack-tight">
        <p class="cover-name">Cover</p>
        <p class="small soft" role="status">
          {words(series, busy.value)}
        </p>
        {problem.value && <Notice title={problem.value} urgent />}
        <div class="cluster">
          <label class="button button-line cover-choose">
            <input
              type="file"
              class="unseen"
              accept={KINDS.join()}
              disabled={busy.value}
              onChange={(event) => choose(event.currentTarget)}
            />
            <Icon name="plus" size={20} />
            <span>Choose a picture…{whose}</span>
          </label>
          {series.cover && (
            <Button
              kind="plain"
              disabled={busy.value}
              onClick={() => void run(() => seriesApi.undress(series.series))}
            >
              Remove the picture{whose}
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}

function words({ cover }: Series, busy: boolean): string {
  if (busy) return "Making the cover. This takes a few seconds…";
  if (cover) return "As podcast apps show it.";
  return "Drawn from the title, until you choose a picture. A square one of 1,400 pixels and more stays sharp.";
}
