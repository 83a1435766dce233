// Views for frequent questions, which every experiment has.
import { keyedField } from "../../core/filter/print";
import type { Search } from "../../core/address";

export interface PresetView {
  name: string;
  q: string | null;
  sort: string | null;
}

/** `thumbs` is the name of the feedback that thumbs are stored as. */
export function presetViews(thumbs: string): PresetView[] {
  const field = keyedField("feedback", thumbs);
  const judged = (test: string) => `${field} ${test}`;
  return [
    { name: "Errors", q: "status = 'ERROR'", sort: null },
    { name: "Slow", q: null, sort: "execution_time DESC" },
    { name: "Expensive", q: null, sort: "cost DESC" },
    { name: "Bad feedback", q: judged("IS BAD"), sort: null },
    { name: "Unreviewed", q: judged("IS NULL"), sort: null },
    { name: "Running", q: "status = 'IN_PROGRESS'", sort: null },
  ];
}

/** The URL changes that show a view; time range and columns stay. */
export function presetPatch({ q, sort }: PresetView): Record<string, string | null> {
  return { q, sort, group: null, rows: null, t: null, s: null, find: null };
}

/** Whether the list shows this view. */
export function shows({ q, sort }: PresetView, url: Search): boolean {
  return (url.q ?? null) === q && (url.sort ?? null) === sort && url.group === undefined && url.rows === undefined;
}
