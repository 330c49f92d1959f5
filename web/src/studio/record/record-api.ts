/** What the record's part of the studio asks of the server; comes with it. */

import { ask } from "../../shared/http";
import type { Chapter, Chapters, ClipRange, Export, Kind, Withdrawn } from "./protocol";

const chapters = (show: string) => `/api/shows/${show}/chapters`;

const withdrawn = (show: string, rest = "") => `/api/shows/${show}/withdrawn${rest}`;

const exports = (show: string, rest = "") => `/api/shows/${show}/exports${rest}`;

export const recordApi = {
  chapters: (show: string) => ask<Chapters>("GET", chapters(show)),
  setChapters: (show: string, wanted: Chapters) => ask<Chapters>("PUT", chapters(show), wanted),
  mark: (show: string, title: string) => ask<Chapter>("POST", chapters(show), { title }),
  withdrawn: (show: string) => ask<Withdrawn>("GET", withdrawn(show)),
  withdraw: (show: string, clip: ClipRange) => ask<Withdrawn>("POST", withdrawn(show), clip),
  allow: (show: string, { from_ms, to_ms }: ClipRange) =>
    ask<null>("DELETE", withdrawn(show, `/${from_ms}-${to_ms}`)),
  exports: (show: string) => ask<Export[]>("GET", exports(show)),
  askExport: (show: string, kind: Kind) => ask<Export>("POST", exports(show), { kind }),
  exportAgain: (show: string, job: string) => ask<Export>("POST", exports(show, `/${job}`), {}),
  removeExport: (show: string, job: string) => ask<null>("DELETE", exports(show, `/${job}`)),
};
