import { absoluteTime, count, duration, exact, money, percent, plural } from "../../core/format";
import { visible } from "../../core/text";
import { useGroups, type TraceScope } from "../../net/traces";
import type { FeedbackStat, TraceGroup } from "../../core/types";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { Sparkline } from "../../ui/Sparkline";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";
import { Time } from "../../ui/Time";
import { groupTitle } from "../../core/groupTitle";

const BUCKETS = 30;
const RATINGS_MAX = 3;

/** The traces by group: metrics of each group, and a link to its traces. */
export function Groups({ scope, by, onOpen }: { scope: TraceScope; by: string; onOpen: (q: string) => void }) {
  const groups = useGroups(scope, by, BUCKETS);
  const [sort, setSort] = useTableSort("-traces", "sort_groups");
  if (groups.isError) return <ErrorState error={groups.error} doing={`group by ${by}`} onRetry={() => void groups.refetch()} />;
  if (!groups.data) return <LoadingRows />;
  const { groups: list, complete, covered_from_ms: since } = groups.data;
  if (list.length === 0) return <EmptyState title="No traces to group" />;
  const ratings = [...new Set(list.flatMap((group) => group.feedback.map((stat) => stat.name)))].slice(0, RATINGS_MAX);
  const columns: TableColumn<TraceGroup>[] = [
    {
      id: "group", title: groupTitle(by), value: ({ value }) => value, rowHeader: true, className: "group-name",
      cell: ({ value, filter }) => (
        <button type="button" className="group-open ellipsis" data-row title={value === null ? undefined : visible(value)} onClick={() => onOpen(filter)}>
          {value === null || value === "" ? <span className="muted">none</span> : visible(value)}
        </button>
      ),
    },
    { id: "traces", title: "Traces", value: ({ traces }) => traces, number: true, cell: ({ traces }) => <span title={exact(traces)}>{count(traces)}</span> },
    { id: "series", title: "Over time", className: "medium-only", cell: ({ series, traces }) => <Sparkline values={series} label={`${plural(traces, "trace")} over time`} /> },
    {
      id: "errors", title: "Errors", value: ({ errors, traces }) => errors / traces, number: true,
      cell: ({ errors, traces }) => (errors ? <span className="error-text" title={exact(errors)}>{percent(errors / traces)}</span> : <span className="muted">0</span>),
    },
    { id: "recovered", title: "Recovered", value: ({ recovered }) => recovered, number: true, cell: ({ recovered }) => (recovered ? <span className="warn-text">{count(recovered)}</span> : <span className="muted">0</span>) },
    { id: "p50", title: "p50", value: ({ p50_ms }) => p50_ms, number: true, cell: ({ p50_ms }) => duration(p50_ms) },
    { id: "p95", title: "p95", value: ({ p95_ms }) => p95_ms, number: true, cell: ({ p95_ms }) => duration(p95_ms) },
    { id: "tokens", title: "Tokens", value: (group) => group.total_tokens, number: true, cell: (group) => <span title={exact(group.total_tokens)}>{count(group.total_tokens)}</span> },
    { id: "cost", title: "Cost", value: ({ cost }) => cost, number: true, cell: ({ cost }) => money(cost) },
    ...ratings.map((name): TableColumn<TraceGroup> => ({
      id: `feedback:${name}`, title: visible(name), number: true,
      value: (group) => { const stat = statOf(group, name); return stat?.pass_rate ?? stat?.mean; },
      cell: (group) => { const stat = statOf(group, name); return <span title={stat && `of ${stat.count}`}>{ratingText(stat)}</span>; },
    })),
    { id: "last", title: "Last trace", value: (group) => group.last_ms, largestFirst: true, className: "muted nowrap", cell: (group) => <Time ms={group.last_ms} /> },
  ];
  return (
    <div className="groups" aria-busy={groups.isPlaceholderData}>
      <DataTable
        label={`Traces by ${groupTitle(by).toLowerCase()}`} columns={columns} rows={list} rowKey={({ value }) => value ?? "\u0000"} sort={sort} onSort={setSort} rowKeys
      />
      {!complete && <p className="meta groups-note">Based on the newest traces only{since === null ? "" : `, since ${absoluteTime(since).slice(0, 16)}`}; narrow the time range or the filter for exact metrics.</p>}
    </div>
  );
}

function statOf({ feedback }: TraceGroup, name: string): FeedbackStat | undefined {
  return feedback.find((stat) => stat.name === name);
}

function ratingText(stat: FeedbackStat | undefined): string {
  if (!stat) return "–";
  if (stat.pass_rate !== null) return percent(stat.pass_rate);
  return stat.mean !== null ? count(stat.mean) : visible(stat.values[0]?.value ?? "–");
}
