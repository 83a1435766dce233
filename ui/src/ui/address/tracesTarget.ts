import type { RangeText } from "../../core/timeRange";

/** A set of traces or of spans, as URL parameters of their list. */
export interface TracesTarget {
  q?: string;
  range?: RangeText;
  /** The order, such as `cost DESC`. */
  sort?: string;
  /** Single spans instead of traces. */
  spans?: boolean;
  /** Number of traces or spans; zero is not linked. */
  count?: number;
}

export function isEmptyTarget(target: TracesTarget): boolean {
  return target.count === 0;
}

export function tracesSearch({ q, range, sort, spans }: TracesTarget): Record<string, string> {
  const entries: [string, string | undefined][] = [["q", q], ["from", range?.from], ["to", range?.to], ["sort", sort], ["rows", spans ? "spans" : undefined]];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => !!entry[1]));
}
