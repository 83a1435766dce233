// The chart of traces over time, by outcome.
import type { ChartData, Series } from "./chart";
import type { RangeText } from "./timeRange";
import type { SummaryBucket, TraceSummary } from "./types";

export interface ChartSpec {
  data: ChartData;
  /** Totals of the whole time range, one per series. */
  overall: (number | null)[];
}

/** A filter for traces that ended well although a span failed. */
export const RECOVERED = "status = 'OK' AND span.status = 'ERROR'";

export function trafficChart({ buckets, bucket_ms, traces, errors, recovered, in_progress }: TraceSummary): ChartSpec {
  const line = (label: string, color: string, pick: (bucket: SummaryBucket) => number, filter: string): Series => ({ label, color, values: buckets.map(pick), filter });
  const running = 0 < in_progress;
  return {
    data: {
      startMs: buckets.map(({ start_ms }) => start_ms),
      bucketMs: bucket_ms,
      series: [
        line("ok", "bar", ({ ok }) => ok, "status = 'OK'"),
        line("ok, with failed spans", "warn", (bucket) => bucket.recovered, RECOVERED),
        line("error", "error", ({ error }) => error, "status = 'ERROR'"),
        ...(running ? [line("running", "series-1", (bucket) => bucket.in_progress, "status = 'IN_PROGRESS'")] : []),
      ],
    },
    overall: [traces - errors - recovered - in_progress, recovered, errors, ...(running ? [in_progress] : [])],
  };
}

/** The time range of a bucket, clipped to the requested range. */
export function bucketRange(requested: { from_ms: number; to_ms: number; bucket_ms: number }, startMs: number): RangeText {
  const from = Math.max(startMs, requested.from_ms);
  const to = Math.min(startMs + requested.bucket_ms - 1, requested.to_ms);
  return { from: String(Math.round(from)), to: String(Math.round(to)) };
}
