import { Link } from "@tanstack/react-router";
import { exact, duration, money } from "../../core/format";
import { visible } from "../../core/text";
import type { Evaluation } from "../../core/types";
import { RunStatus } from "../../ui/RunStatus";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { Time } from "../../ui/Time";
import { DatasetLink, VersionLink } from "./EvaluationLinks";
import { ScoreBar } from "./ScoreBar";
import { commonScorers } from "./commonScorers";

const SCORERS_MAX = 6;

export function EvaluationTable({ e, evaluations, selected, onSelect, sort, onSort }: {
  e: string;
  evaluations: Evaluation[];
  /** The runs selected for a comparison. */
  selected: string[];
  onSelect: (runId: string) => void;
  sort: string;
  onSort: (sort: string) => void;
}) {
  const columns: TableColumn<Evaluation>[] = [
    {
      id: "compare", title: <span className="visually-hidden">Compare</span>,
      cell: ({ run_id, name }) => <input type="checkbox" aria-label={`Compare ${visible(name || run_id)}`} checked={selected.includes(run_id)} onChange={() => onSelect(run_id)} />,
    },
    { id: "name", title: "Evaluation", value: ({ name }) => name, rowHeader: true, cell: (evaluation) => <EvaluationName e={e} evaluation={evaluation} /> },
    ...commonScorers(evaluations, SCORERS_MAX).map((name): TableColumn<Evaluation> => ({
      id: `s:${name}`, title: <span className="ellipsis scorer-title">{visible(name)}</span>, hint: visible(name), largestFirst: true,
      value: ({ scorers }) => { const stat = scorers.find((one) => one.name === name); return stat && (stat.pass_rate ?? stat.mean); },
      cell: ({ scorers }) => <ScoreBar stat={scorers.find((one) => one.name === name)} />,
    })),
    { id: "cases", title: "Cases", number: true, value: ({ cases }) => cases, cell: ({ cases }) => exact(cases) },
    { id: "failed", title: "Failed", number: true, value: ({ failed_cases }) => failed_cases, cell: ({ failed_cases }) => <span className={failed_cases ? "error-text" : "muted"}>{exact(failed_cases)}</span> },
    { id: "p50", title: "p50", number: true, className: "medium-only", value: ({ p50_ms }) => p50_ms, hint: "Half of the cases took at most this long", cell: ({ p50_ms }) => duration(p50_ms) },
    { id: "cost", title: "Cost", number: true, className: "medium-only", value: ({ cost }) => cost, cell: ({ cost }) => money(cost) },
    { id: "version", title: "Version", className: "wide-only evaluation-link", value: ({ version }) => version?.name ?? version?.model_id, cell: ({ version }) => <VersionLink e={e} version={version} /> },
    { id: "dataset", title: "Dataset", className: "wide-only evaluation-link", value: ({ dataset }) => dataset?.name, cell: ({ dataset }) => <DatasetLink e={e} dataset={dataset} /> },
    { id: "start", title: "Started", number: true, value: ({ start_time_ms }) => start_time_ms, cell: ({ start_time_ms }) => <Time ms={start_time_ms} /> },
  ];
  return (
    <DataTable label="Evaluations" className="evaluations" columns={columns} rows={evaluations} rowKey={({ run_id }) => run_id} sort={sort} onSort={onSort} rowKeys />
  );
}

function EvaluationName({ e, evaluation: { run_id, name, status } }: { e: string; evaluation: Evaluation }) {
  return (
    <span className="row">
      <RunStatus status={status} />
      <Link className="ellipsis" data-row data-run={run_id} to="/e/$e/evaluations/$run" params={{ e, run: run_id }}>{visible(name || run_id)}</Link>
    </span>
  );
}
