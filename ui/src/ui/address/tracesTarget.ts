import type { RangeText } from "../../core/timeRange";

/** A set of traces, as URL parameters of the trace list. */
export interface TracesTarget {
  q?: string;
  range?: RangeText;
  /** The order, such as `cost DESC`. */
  sort?: string;
  /** Number of traces; no link is shown for zero. */
  count?: number;
}

export function isEmptyTarget(target: TracesTarget): boolean {
  return target.count === 0;
}

export function tracesSearch({ q, range, sort }: TracesTarget): Record<string, string> {
  const entries: [string, string | undefined][] = [["q", q], ["from", range?.from], ["to", range?.to], ["sort", sort]];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => !!entry[1]));
}
