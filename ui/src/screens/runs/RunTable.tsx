import { Link } from "@tanstack/react-router";
import { duration } from "../../core/format";
import { commonMetrics, isEvaluation, metricOf, metricText, ownRunTags, runDuration } from "../../core/run";
import { visible } from "../../core/text";
import type { Run } from "../../core/run";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { Time } from "../../ui/Time";
import { useNow } from "../../ui/useNow";
import { RunStatus } from "../../ui/RunStatus";

const METRICS_MAX = 6;

export function RunTable({ e, runs, marked, onMark, isSorted, sort, onSort }: {
  e: string;
  runs: Run[];
  /** The runs selected for a comparison. */
  marked: string[];
  onMark: (runId: string) => void;
  /** The server has sorted the runs. */
  isSorted: boolean;
  sort: string;
  onSort: (sort: string) => void;
}) {
  const now = useNow();
  const columns: TableColumn<Run>[] = [
    {
      id: "compare", title: <span className="visually-hidden">Compare</span>,
      cell: ({ info }) => <input type="checkbox" aria-label={`Compare ${info.run_name || info.run_id}`} checked={marked.includes(info.run_id)} onChange={() => onMark(info.run_id)} />,
    },
    { id: "name", title: "Run", value: ({ info }) => info.run_name, rowHeader: true, cell: (run) => <RunName e={e} run={run} /> },
    { id: "start", title: "Started", value: ({ info }) => info.start_time, number: true, cell: ({ info }) => <Time ms={info.start_time} /> },
    { id: "duration", title: "Duration", value: (run) => runDuration(run, now), number: true, className: "medium-only", cell: (run) => duration(runDuration(run, now)) },
    ...commonMetrics(runs, METRICS_MAX).map((key): TableColumn<Run> => ({
      id: `m:${key}`, title: visible(key), value: (run) => metricOf(run, key), number: true, className: "medium-only", cell: (run) => metricText(metricOf(run, key)),
    })),
    { id: "params", title: "Parameters", className: "wide-only pairs", cell: (run) => <Pairs pairs={(run.data?.params ?? []).map(({ key, value }) => [key, value])} /> },
    { id: "tags", title: "Tags", className: "wide-only pairs", cell: (run) => <Pairs pairs={ownRunTags(run)} /> },
  ];
  return (
    <DataTable label="Runs" className="runs" columns={columns} rows={runs} rowKey={({ info }) => info.run_id} sort={sort} onSort={onSort} isSorted={isSorted} rowKeys />
  );
}

function RunName({ e, run }: { e: string; run: Run }) {
  return (
    <span className="row">
      <RunStatus status={run.info.status} />
      <Link className="ellipsis" data-row to="/e/$e/runs/$run" params={{ e, run: run.info.run_id }}>{visible(run.info.run_name || run.info.run_id)}</Link>
      {isEvaluation(run) && <span className="badge">evaluation</span>}
    </span>
  );
}

function Pairs({ pairs }: { pairs: [string, string][] }) {
  const text = visible(pairs.map(([key, value]) => `${key}=${value}`).join("  "));
  return <span className="ellipsis mono" title={text}>{text}</span>;
}
