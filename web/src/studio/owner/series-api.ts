/** Podcasts, as the server tells of them (`control/series_routes.py`). */
import { ask, sendFile } from "../../shared/http";

export interface NewSeries {
  readonly title: string;
  readonly description: string;
  readonly author: string;
  readonly language: string;
  readonly category: string;
  readonly explicit: boolean;
}

export interface Series extends NewSeries {
  /** `all`: every recorded show of this place. */
  readonly series: string;
  readonly feed_url: string;
  /** Whether a cover was sent; otherwise it is drawn from the title. */
  readonly cover: boolean;
  /** Where listeners see it: another address for another picture. */
  readonly cover_url: string;
}

export const ALL = "all";

export const seriesApi = {
  all: () => ask<Series[]>("GET", "/api/series"),
  make: (series: NewSeries) => ask<Series>("POST", "/api/series", series),
  put: (name: string, series: NewSeries) => ask<Series>("PUT", `/api/series/${name}`, series),
  dress: (name: string, cover: File) => sendFile<Series>("PUT", `/api/series/${name}/cover`, cover),
  undress: (name: string) => ask<Series>("DELETE", `/api/series/${name}/cover`),
  remove: (name: string) => ask<null>("DELETE", `/api/series/${name}`),
};
