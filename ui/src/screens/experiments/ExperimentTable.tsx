import { Link, useNavigate } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { errorRate, ownTags } from "../../core/experimentOrder";
import { count, duration, exact, money, percent, plural } from "../../core/format";
import { visible } from "../../core/text";
import { useChangeExperiment } from "../../net/experiments";
import type { ExperimentSummary } from "../../core/types";
import { IconButton } from "../../ui/Button";
import { copyText } from "../../ui/CopyButton";
import { Menu } from "../../ui/Menu";
import { Pills } from "../../ui/Pills";
import { Sparkline } from "../../ui/Sparkline";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { Time } from "../../ui/Time";
import type { Change } from "./ChangeDialog";

/** The experiments, sorted by the caller. */
export function ExperimentTable({ experiments, sort, onSort, onChange }: {
  experiments: ExperimentSummary[];
  sort: string;
  onSort: (sort: string) => void;
  onChange: (change: Change) => void;
}) {
  const days = experiments[0]?.window.days ?? 7;
  const columns: TableColumn<ExperimentSummary>[] = [
    { id: "name", title: "Name", value: ({ name }) => name, rowHeader: true, className: "experiment-name", cell: (experiment) => <ExperimentName experiment={experiment} /> },
    { id: "traces", title: "Traces", value: ({ traces }) => traces, number: true, cell: ({ traces }) => <span title={exact(traces)}>{count(traces)}</span> },
    { id: "last", title: "Last trace", value: ({ last_trace_ms }) => last_trace_ms, largestFirst: true, className: "nowrap", cell: ({ last_trace_ms }) => <Time ms={last_trace_ms} /> },
    {
      id: "volume", title: `${days} days`, className: "wide-only",
      cell: ({ sparkline, window }) => <Sparkline values={sparkline} label={`${plural(window.traces, "trace")} in ${window.days} days`} />,
    },
    {
      id: "errors", title: `Errors, ${days} d`, value: errorRate, number: true, className: "medium-only",
      cell: (experiment) => <span className={errorRate(experiment) ? "error-text" : ""}>{percent(errorRate(experiment))}</span>,
    },
    { id: "p95", title: `p95, ${days} d`, value: ({ window }) => window.p95_ms, number: true, className: "wide-only", cell: ({ window }) => duration(window.p95_ms) },
    { id: "cost", title: `Cost, ${days} d`, value: ({ window }) => window.cost, number: true, className: "medium-only", cell: ({ window }) => (window.traces ? money(window.cost) : "–") },
    { id: "actions", title: <span className="visually-hidden">Actions</span>, number: true, cell: (experiment) => <Actions experiment={experiment} onChange={onChange} /> },
  ];
  return (
    <DataTable label="Experiments" columns={columns} rows={experiments} rowKey={({ experiment_id }) => experiment_id} sort={sort} onSort={onSort} isSorted rowKeys />
  );
}

function ExperimentName({ experiment }: { experiment: ExperimentSummary }) {
  const { experiment_id, name, lifecycle_stage } = experiment;
  const tags = ownTags(experiment);
  return (
    <span className="row">
      <Link className="ellipsis" to="/e/$e/traces" params={{ e: experiment_id }} data-row title={visible(name)}>{visible(name)}</Link>
      {lifecycle_stage === "deleted" && <span className="badge">deleted</span>}
      <span className="wide-only">
        <Pills items={tags} keyOf={([key]) => key} textOf={tagText}>
          {(tag) => <span className="badge" title={tagText(tag)}><span className="ellipsis">{tagText(tag)}</span></span>}
        </Pills>
      </span>
    </span>
  );
}

function tagText([key, value]: [string, string]): string {
  return visible(`${key}: ${value}`);
}

function Actions({ experiment, onChange }: { experiment: ExperimentSummary; onChange: (change: Change) => void }) {
  const { experiment_id, name } = experiment;
  const deleted = experiment.lifecycle_stage === "deleted";
  const navigate = useNavigate();
  const { mutate } = useChangeExperiment();
  const open = (to: "/e/$e" | "/e/$e/sessions" | "/e/$e/runs") => () => void navigate({ to, params: { e: experiment_id } });
  return (
    <Menu
      label={`Actions for ${name}`}
      align="end"
      trigger={<IconButton look="plain" small label={`Actions for ${name}`} icon={<Ellipsis aria-hidden />} />}
      items={[
        { label: "Overview", run: open("/e/$e") },
        { label: "Sessions", run: open("/e/$e/sessions") },
        { label: "Runs", run: open("/e/$e/runs") },
        null,
        { label: "Copy id", end: experiment_id, run: () => void copyText(experiment_id) },
        { label: "Rename…", disabled: deleted, run: () => onChange({ kind: "rename", experiment }) },
        { label: "Tags…", disabled: deleted, run: () => onChange({ kind: "tags", experiment }) },
        null,
        deleted
          ? { label: "Restore", run: () => mutate({ kind: "restore", experiment_id }) }
          : { label: "Delete…", danger: true, run: () => onChange({ kind: "delete", experiment }) },
      ]}
    />
  );
}
