// Searches a text, window by window back in time.
import type { Page } from "../core/pageList";
import { type SearchSource, type TraceCounts, type TimeWindow, searchedRange, WindowedSearch } from "../core/windowedSearch";
import { ApiError } from "./api";
import { readSummary, type TraceScope } from "./traces";

const BUCKETS = 200;

/** `read` returns a page of the rows found in a part of the time range. */
export function textSearch<T>(
  scope: TraceScope,
  columns: string,
  read: (scope: TraceScope & TimeWindow, options: { token: string | null; columns: string; signal: AbortSignal }) => Promise<Page<T>>,
): WindowedSearch<T> {
  const source: SearchSource<T> = {
    counts: (signal) => countTraces(scope, signal),
    page: (window, token, signal) => read({ ...scope, ...window }, { token, columns, signal }),
    isTooMuch: (error) => error instanceof ApiError && /DEADLINE/.test(error.code),
    nowMs: () => performance.now(),
  };
  return new WindowedSearch(source);
}

/** The number of traces over time without the text condition, which the server counts without reading texts. */
async function countTraces(scope: TraceScope, signal: AbortSignal): Promise<TraceCounts> {
  const summary = await readSummary({ ...scope, q: "" }, BUCKETS, signal);
  return {
    ...searchedRange(scope, summary.oldest_ms, summary.newest_ms, Date.now()),
    startMs: summary.buckets[0]?.start_ms ?? summary.from_ms,
    bucketMs: summary.bucket_ms,
    counts: summary.buckets.map(({ ok, error, recovered, in_progress }) => ok + error + recovered + in_progress),
  };
}
