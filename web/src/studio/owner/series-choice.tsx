import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Field, Select } from "../../shared/ui/field";
import { ALL, type Series, seriesApi } from "./series-api";

/** In which series a show is; nothing to see where there are none. Empty: in none. */
export function SeriesChoice({ chosen }: { readonly chosen: Signal<string> }) {
  const all = useSignal<readonly Series[]>([]);
  useEffect(() => {
    seriesApi.all().then(
      (found) => {
        all.value = found.filter(({ series }) => series !== ALL);
      },
      () => undefined, // the form does without
    );
  }, [all]);
  if (all.value.length === 0) return null;
  return (
    <Field label="Series" hint="Its podcast lists the recording of this show.">
      {(control) => (
        <Select>
          <select
            {...control}
            value={chosen.value}
            onChange={(event) => {
              chosen.value = event.currentTarget.value;
            }}
          >
            <option value="">None</option>
            {all.value.map(({ series, title }) => (
              <option key={series} value={series}>
                {title}
              </option>
            ))}
          </select>
        </Select>
      )}
    </Field>
  );
}
