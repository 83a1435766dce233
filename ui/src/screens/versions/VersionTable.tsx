import { Link } from "@tanstack/react-router";
import { count, duration, exact, money, percent, plural } from "../../core/format";
import { gitOf, modelFilter, type VersionRow } from "../../core/loggedModel";
import { visible } from "../../core/text";
import type { RangeText } from "../../core/timeRange";
import { TracesLink } from "../../ui/address/TracesLink";
import { FeedbackBadge } from "../../ui/FeedbackBadge";
import { Pills } from "../../ui/Pills";
import { Sparkline } from "../../ui/Sparkline";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { Time } from "../../ui/Time";
import { GitLabel } from "./GitLabel";
import { VersionStatus } from "./VersionStatus";

const FEEDBACK_MAX = 2;

/** The versions as rows. Tokens and costs are per trace, as versions differ in traffic. */
export function VersionTable({ e, rows, loaded, range, marked, onMark, sort, onSort }: {
  e: string;
  rows: VersionRow[];
  /** The traffic is loaded. */
  loaded: boolean;
  range: RangeText;
  /** The versions selected for a comparison. */
  marked: string[];
  onMark: (modelId: string) => void;
  sort: string;
  onSort: (sort: string) => void;
}) {
  const target = ({ model }: VersionRow, traces: number, extra = "") => ({ q: modelFilter(model.info.model_id) + extra, range, count: traces });
  const perTrace = ({ traffic }: VersionRow, key: "total_tokens" | "cost") => (traffic?.traces ? traffic[key] / traffic.traces : null);
  const none = <span className="muted">{loaded ? "–" : ""}</span>;
  const columns: TableColumn<VersionRow>[] = [
    {
      id: "compare", title: <span className="visually-hidden">Compare</span>,
      cell: ({ model: { info } }) => <input type="checkbox" aria-label={`Compare ${visible(info.name)}`} checked={marked.includes(info.model_id)} onChange={() => onMark(info.model_id)} />,
    },
    {
      id: "name", title: "Version", value: ({ model }) => model.info.name, rowHeader: true, className: "version-name",
      cell: ({ model }) => (
        <span className="row">
          <VersionStatus model={model} />
          <Link className="ellipsis" data-row to="/e/$e/versions/$version" params={{ e, version: model.info.model_id }} title={`${visible(model.info.name)}\n${model.info.model_id}`}>{visible(model.info.name)}</Link>
        </span>
      ),
    },
    { id: "created", title: "Created", value: ({ model }) => model.info.creation_timestamp_ms, largestFirst: true, className: "nowrap", cell: ({ model }) => <Time ms={model.info.creation_timestamp_ms} /> },
    { id: "git", title: "Commit", value: ({ model }) => gitOf(model)?.branch ?? null, className: "medium-only", cell: ({ model }) => <GitLabel git={gitOf(model)} /> },
    { id: "series", title: "Over time", className: "medium-only", cell: ({ traffic }) => traffic ? <Sparkline values={traffic.series} label={`${plural(traffic.traces, "trace")} over time`} /> : none },
    {
      id: "traces", title: "Traces", value: ({ traffic }) => traffic?.traces ?? 0, number: true,
      cell: (row) => loaded ? <TracesLink experiment={e} target={target(row, row.traffic?.traces ?? 0)}>{exact(row.traffic?.traces ?? 0)}</TracesLink> : none,
    },
    {
      id: "errors", title: "Errors", value: ({ traffic }) => (traffic ? traffic.errors / traffic.traces : null), number: true,
      cell: (row) => row.traffic ? (
        <TracesLink experiment={e} target={target(row, row.traffic.errors, " AND status = 'ERROR'")} className={row.traffic.errors ? "error-text" : "muted"} title={exact(row.traffic.errors)}>
          {percent(row.traffic.errors / row.traffic.traces)}
        </TracesLink>
      ) : none,
    },
    { id: "p50", title: "p50", value: ({ traffic }) => traffic?.p50_ms, number: true, className: "medium-only", cell: ({ traffic }) => (traffic ? duration(traffic.p50_ms) : none) },
    { id: "p95", title: "p95", value: ({ traffic }) => traffic?.p95_ms, number: true, cell: ({ traffic }) => (traffic ? duration(traffic.p95_ms) : none) },
    {
      id: "tokens", title: "Tokens", hint: "Per trace", value: (row) => perTrace(row, "total_tokens"), number: true, className: "medium-only",
      cell: (row) => (row.traffic ? <span title={`${exact(row.traffic.total_tokens)} in total`}>{count(perTrace(row, "total_tokens"))}</span> : none),
    },
    {
      id: "cost", title: "Cost", hint: "Per trace", value: (row) => perTrace(row, "cost"), number: true, className: "medium-only",
      cell: (row) => (row.traffic ? <span title={`${money(row.traffic.cost)} in total`}>{money(perTrace(row, "cost"))}</span> : none),
    },
    {
      id: "quality", title: "Quality", value: ({ traffic }) => traffic?.feedback[0]?.pass_rate, largestFirst: true, className: "medium-only",
      cell: ({ traffic }) => (
        <Pills items={traffic?.feedback ?? []} max={FEEDBACK_MAX} keyOf={({ name }) => name} textOf={({ name, count, pass_rate }) => `${visible(name)}: ${percent(pass_rate)} of ${count}`}>
          {(stat) => <FeedbackBadge stat={stat} />}
        </Pills>
      ),
    },
    { id: "params", title: "Parameters", className: "wide-only version-params", cell: ({ model }) => <Params params={model.data?.params ?? []} /> },
  ];
  return <DataTable label="Agent versions" columns={columns} rows={rows} rowKey={({ model }) => model.info.model_id} sort={sort} onSort={onSort} rowKeys />;
}

function Params({ params }: { params: { key: string; value: string }[] }) {
  const text = visible(params.map(({ key, value }) => `${key}=${value}`).join("  "));
  return <span className="ellipsis mono" title={text}>{text}</span>;
}
