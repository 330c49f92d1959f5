import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { HttpError } from "../../shared/http";
import { Ask } from "../../shared/ui/ask";
import { Button } from "../../shared/ui/button";
import { CopyField } from "../../shared/ui/copy-field";
import { Notice } from "../../shared/ui/notice";
import { Row } from "../../shared/ui/page";
import { Cover } from "./cover";
import { ALL, type Series, seriesApi } from "./series-api";
import { SeriesForm } from "./series-form";

/** What is open: nothing, the form of a series (`null`: a new one), the question before deleting. */
type Doing =
  | { readonly what: "nothing" }
  | { readonly what: "edit"; readonly name: string | null }
  | { readonly what: "remove"; readonly name: string };

const NOTHING: Doing = { what: "nothing" };

/** The feeds for podcast apps: of all shows, and of series of them. */
export function Podcasts() {
  const all = useSignal<readonly Series[] | null>(null);
  const doing = useSignal<Doing>(NOTHING);
  const problem = useSignal<string | null>(null);
  const told = async (work: () => Promise<void>) => {
    try {
      await work();
      problem.value = null;
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      problem.value = error.problem.message;
    }
  };
  const look = async () => {
    all.value = await seriesApi.all();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(() => void told(look), []);
  const to = (next: Doing) => () => {
    doing.value = next;
  };
  const remove = (name: string) => {
    doing.value = NOTHING;
    void told(async () => {
      await seriesApi.remove(name);
      await look();
    });
  };
  const found = all.value;
  if (found === null) return null;
  const now = doing.value;
  const edited = now.what === "edit" ? now : null;
  return (
    <Row name="Podcasts">
      {problem.value && <Notice title={problem.value} urgent />}
      {found.map((one) => (
        <div key={one.series} class="stack-tight podcast">
          <h3>{one.title}</h3>
          <CopyField
            label={one.series === ALL ? "Feed of all recorded shows" : "Feed of this series"}
            value={one.feed_url}
            hint={
              one.series === ALL
                ? "For podcast apps and directories."
                : "Choose the series in a show’s form; its recording is listed here."
            }
          />
          <Cover
            series={one}
            onChange={(dressed) => {
              all.value = found.map((each) => (each.series === dressed.series ? dressed : each));
            }}
          />
          {now.what === "remove" && now.name === one.series ? (
            <Ask
              title={`Take the podcast “${one.title}” away? Its shows stay.`}
              yes="Take it away"
              no="Keep it"
              onYes={() => remove(one.series)}
              onNo={to(NOTHING)}
            />
          ) : (
            <div class="cluster show-change">
              <Button kind="plain" onClick={to({ what: "edit", name: one.series })}>
                Edit<span class="unseen"> “{one.title}”</span>
              </Button>
              <Button kind="plain" onClick={to({ what: "remove", name: one.series })}>
                Take away…<span class="unseen"> “{one.title}”</span>
              </Button>
            </div>
          )}
        </div>
      ))}
      {edited ? (
        <SeriesForm
          key={edited.name}
          name={edited.name}
          was={found.find(({ series }) => series === edited.name) ?? null}
          onDone={() => {
            doing.value = NOTHING;
            void told(look);
          }}
          onCancel={to(NOTHING)}
        />
      ) : (
        <div class="cluster">
          {!found.some(({ series }) => series === ALL) && (
            <Button onClick={to({ what: "edit", name: ALL })}>Podcast of all shows…</Button>
          )}
          <Button onClick={to({ what: "edit", name: null })}>New series…</Button>
        </div>
      )}
    </Row>
  );
}
