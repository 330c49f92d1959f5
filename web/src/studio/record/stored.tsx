import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { HttpError } from "../../shared/http";
import { api } from "../api";
import { sizeText } from "./export-words";
import type { Bytes } from "./protocol";

/** What the show takes on the server's disk. */
export function Stored({ show }: { readonly show: string }) {
  const bytes = useSignal<Bytes | null>(null);
  useEffect(() => {
    api.stored(show).then(
      (found) => {
        bytes.value = found;
      },
      (error: unknown) => {
        if (!(error instanceof HttpError)) throw error;
      },
    );
  }, [show, bytes]);
  if (bytes.value === null) return null;
  const { programme, tracks, exports, total } = bytes.value;
  return (
    <p>
      It takes {sizeText(total)} of the server’s disk: {sizeText(programme)} for the replay,{" "}
      {sizeText(tracks)} for the tracks, {sizeText(exports)} for exports.
    </p>
  );
}
