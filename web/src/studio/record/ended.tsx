import { useEffect, useState } from "preact/hooks";
import type { RecordPage, RecordPageProps } from "./record-page";

/** The page of a show that has ended, loaded when there is one: a show on air needs none of it. */
export function Ended(props: RecordPageProps) {
  const [Loaded, setLoaded] = useState<typeof RecordPage | null>(null);
  useEffect(() => {
    void import("./record-page").then((page) => setLoaded(() => page.RecordPage));
  }, []);
  return Loaded && <Loaded {...props} />;
}
