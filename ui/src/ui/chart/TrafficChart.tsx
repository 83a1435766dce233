import { useMemo } from "react";
import { joinFilters } from "../../core/joinFilters";
import { bucketRange, trafficChart } from "../../core/trafficChart";
import type { TraceSummary } from "../../core/types";
import { Chart } from "./Chart";

/** The traces of a filter over time, by outcome. Dragging zooms, and a click opens the traces of a bucket. */
export function TrafficChart({ experiment, q, summary, onZoom }: {
  experiment: string;
  q: string;
  summary: TraceSummary;
  onZoom: (fromMs: number, toMs: number) => void;
}) {
  const { data, overall } = useMemo(() => trafficChart(summary), [summary]);
  return (
    <Chart
      title="Traces by outcome" unit="count" kind="stacked" data={data} overall={overall} syncKey="traffic" onZoom={onZoom} experiment={experiment}
      targetOf={(bucket, series) => ({
        q: joinFilters(q, series === null ? "" : data.series[series]?.filter), range: bucketRange(summary, data.startMs[bucket]!),
      })}
    />
  );
}
