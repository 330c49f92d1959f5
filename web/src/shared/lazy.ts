/** A part of a page that comes when it is needed. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** The module, once it is here; `load` is one and the same function at every call. */
export function useModule<T extends object>(load: () => Promise<T>): T | null {
  const module = useSignal<T | null>(null);
  useEffect(() => {
    let wanted = true;
    load().then(
      (found) => {
        if (wanted) module.value = found;
      },
      () => undefined, // the page does without it
    );
    return () => {
      wanted = false;
    };
  }, [load, module]);
  return module.value;
}
