/** Podcasts, as the server tells of them (`control/series_routes.py`). */
import { ask } from "../../shared/http";

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
}

export const ALL = "all";

export const seriesApi = {
  all: () => ask<Series[]>("GET", "/api/series"),
  make: (series: NewSeries) => ask<Series>("POST", "/api/series", series),
  put: (name: string, series: NewSeries) => ask<Series>("PUT", `/api/series/${name}`, series),
  remove: (name: string) => ask<null>("DELETE", `/api/series/${name}`),
};
