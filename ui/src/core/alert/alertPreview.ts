// The preview of an alert rule as a chart and as a sentence.
import type { ChartData } from "../chart";
import { plural } from "../format";
import type { AlertPreview, AlertSettings } from "../types";
import { chartValue } from "./alertText";

/** The values over time, with the threshold as a dashed line and the traces of each window in the legend. */
export function previewChart({ points }: AlertPreview, { signal, threshold }: AlertSettings): ChartData | null {
  const [first, second] = points;
  if (!first || !second) return null;
  const bucketMs = second.end_ms - first.end_ms;
  return {
    startMs: points.map(({ end_ms }) => end_ms - bucketMs),
    bucketMs,
    series: [
      { label: "Value", color: "series-1", values: points.map(({ value }) => (value == null ? null : chartValue(signal, value))) },
      { label: "Threshold", color: "error", dashed: true, values: points.map(() => chartValue(signal, threshold)) },
      { label: "Traces in the window", color: "fg3", aside: "count", values: points.map(({ traces }) => traces) },
    ],
  };
}

/** How often the rule would have fired. */
export function previewText({ points, alerts }: AlertPreview, days: number): string {
  const first = points[0];
  const last = points.at(-1);
  const reached = first && last ? (last.end_ms - first.end_ms) / 86_400_000 : days;
  const range = reached < days * 0.9 ? `the last ${plural(Math.max(1, Math.round(reached * 24)), "hour")}` : days === 1 ? "the last day" : `the last ${days} days`;
  if (points.every(({ status }) => status === "no_data")) return `There were too few traces for a value in ${range}.`;
  if (alerts.length === 0) return `It would not have fired in ${range}.`;
  return `It would have fired ${alerts.length === 1 ? "once" : plural(alerts.length, "time")} in ${range}${alerts.at(-1)?.end_ms == null ? ", and fires now" : ""}.`;
}
