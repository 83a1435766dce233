// The chart of a feedback over time, with the versions of its scorer.
import type { ChartData, Mark } from "./chart";
import { shorten, visible } from "./text";
import type { FeedbackHistory, FeedbackVersion } from "./types";

const LABEL_CHARS_MAX = 12;

/** Where a version followed another one. The first version of the time range follows none. */
export function versionMarks(versions: readonly FeedbackVersion[]): Mark[] {
  const named = versions.flatMap(({ version, first_ms }) => (version === null ? [] : [{ ms: first_ms, label: `v${shorten(visible(version), LABEL_CHARS_MAX)}` }]));
  return named.toSorted((a, b) => a.ms - b.ms).slice(1);
}

/** The pass rate, or the mean of numbers that are neither good nor bad; `null` if it has neither. */
export function historyChart({ trend, versions, bucket_ms }: FeedbackHistory): ChartData | null {
  if (!trend) return null;
  const { stat, series } = trend;
  const isRated = stat.pass_rate !== null;
  if (!isRated && stat.mean === null) return null;
  return {
    startMs: series.map(({ start_ms }) => start_ms),
    bucketMs: bucket_ms,
    series: [
      isRated ? { label: "pass rate", color: "ok", values: series.map(({ pass_rate }) => pass_rate) }
        : { label: "mean", color: "series-1", values: series.map(({ mean }) => mean) },
      { label: "of", color: "fg3", values: series.map(({ count }) => count), aside: "count" },
    ],
    marks: versionMarks(versions),
  };
}
