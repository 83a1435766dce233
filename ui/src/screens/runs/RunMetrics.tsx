import { useState } from "react";
import { metricText } from "../../core/run";
import { visible } from "../../core/text";
import type { Metric, Run } from "../../core/run";
import { useMetricHistory } from "../../net/runs";
import { Button } from "../../ui/Button";
import { Time } from "../../ui/Time";

/** The latest value of each metric, and its history on demand. */
export function RunMetrics({ run }: { run: Run }) {
  const metrics = run.data?.metrics ?? [];
  const [opened, setOpened] = useState<string | null>(null);
  if (metrics.length === 0) return <p className="muted">None.</p>;
  return (
    <table className="table">
      <tbody>
        {metrics.map((metric) => (
          <MetricRows key={metric.key} runId={run.info.run_id} metric={metric} open={opened === metric.key} onOpen={() => setOpened(opened === metric.key ? null : metric.key)} />
        ))}
      </tbody>
    </table>
  );
}

function MetricRows({ runId, metric, open, onOpen }: { runId: string; metric: Metric; open: boolean; onOpen: () => void }) {
  const { data: history } = useMetricHistory(runId, metric.key, open);
  return (
    <>
      <tr>
        <th scope="row" className="mono">{visible(metric.key)}</th>
        <td className="num" title={String(metric.value)}>{metricText(metric.value)}</td>
        <td className="num"><Button small look="plain" aria-expanded={open} aria-label={`History of ${metric.key}`} onClick={onOpen}>History</Button></td>
      </tr>
      {open && history?.map((one, at) => (
        <tr key={at} className="muted">
          <td>step {one.step ?? 0}, <Time ms={one.timestamp} /></td>
          <td className="num">{metricText(one.value)}</td>
          <td />
        </tr>
      ))}
    </>
  );
}
