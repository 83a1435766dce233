// Searches a text in traces, window by window back in time.
import { type SearchSource, type TraceCounts, searchedRange, WindowedSearch } from "../core/windowedSearch";
import type { TraceRow } from "../core/types";
import { ApiError } from "./api";
import { readSummary, readTraces, type TraceScope } from "./traces";

const BUCKETS = 200;

export type TextSearch = WindowedSearch<TraceRow>;

export function textSearch(scope: TraceScope, columns: string): TextSearch {
  const source: SearchSource<TraceRow> = {
    counts: (signal) => countTraces(scope, signal),
    page: (window, token, signal) => readTraces({ ...scope, ...window }, { token, columns, signal }),
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
