import { absoluteTime, count, duration, exact, money, percent, plural } from "../../core/format";
import { visible } from "../../core/text";
import { useGroups, type TraceScope } from "../../net/traces";
import type { TraceGroup } from "../../core/types";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { Sparkline } from "../../ui/Sparkline";
import { Time } from "../../ui/Time";
import { groupTitle } from "./groupBy";

const BUCKETS = 30;

/** The traces by group: metrics of each group, and a link to its traces. */
export function Groups({ scope, by, onOpen }: { scope: TraceScope; by: string; onOpen: (q: string) => void }) {
  const groups = useGroups(scope, by, BUCKETS);
  if (groups.isError) return <ErrorState error={groups.error} doing={`group by ${by}`} onRetry={() => void groups.refetch()} />;
  if (!groups.data) return <LoadingRows />;
  const { groups: list, complete, covered_from_ms: since } = groups.data;
  if (list.length === 0) return <EmptyState title="No traces to group" />;
  const ratings = [...new Set(list.flatMap((group) => group.feedback.map((stat) => stat.name)))].slice(0, 3);
  return (
    <div className="table-scroll groups" aria-busy={groups.isPlaceholderData}>
      <table className="table">
        <caption className="visually-hidden">Traces by {groupTitle(by).toLowerCase()}</caption>
        <thead>
          <tr>
            <th>{groupTitle(by)}</th>
            <th className="num">Traces</th>
            <th>Over time</th>
            <th className="num">Errors</th>
            <th className="num">Recovered</th>
            <th className="num">p50</th>
            <th className="num">p95</th>
            <th className="num">Tokens</th>
            <th className="num">Cost</th>
            {ratings.map((name) => <th key={name} className="num">{visible(name)}</th>)}
            <th>Last trace</th>
          </tr>
        </thead>
        <tbody>
          {list.map((group) => <GroupRow key={group.value ?? "\u0000"} group={group} ratings={ratings} onOpen={() => onOpen(group.filter)} />)}
        </tbody>
      </table>
      {!complete && <p className="meta groups-note">Based on the newest traces only{since === null ? "" : `, since ${absoluteTime(since).slice(0, 16)}`}; narrow the time range or the filter for exact metrics.</p>}
    </div>
  );
}

function GroupRow({ group, ratings, onOpen }: { group: TraceGroup; ratings: string[]; onOpen: () => void }) {
  return (
    <tr>
      <td className="group-name">
        <button type="button" className="group-open ellipsis" title={group.value === null ? undefined : visible(group.value)} onClick={onOpen}>
          {group.value === null || group.value === "" ? <span className="muted">none</span> : visible(group.value)}
        </button>
      </td>
      <td className="num" title={exact(group.traces)}>{count(group.traces)}</td>
      <td><Sparkline values={group.series} label={`${plural(group.traces, "trace")} over time`} /></td>
      <td className="num">{group.errors ? <span className="error-text" title={exact(group.errors)}>{percent(group.errors / group.traces)}</span> : <span className="muted">0</span>}</td>
      <td className="num">{group.recovered ? <span className="warn-text">{count(group.recovered)}</span> : <span className="muted">0</span>}</td>
      <td className="num">{duration(group.p50_ms)}</td>
      <td className="num">{duration(group.p95_ms)}</td>
      <td className="num" title={exact(group.total_tokens)}>{count(group.total_tokens)}</td>
      <td className="num">{money(group.cost)}</td>
      {ratings.map((name) => {
        const stat = group.feedback.find((one) => one.name === name);
        const shown = !stat ? "–" : stat.pass_rate !== null ? percent(stat.pass_rate) : stat.mean !== null ? count(stat.mean) : stat.values[0]?.value ?? "–";
        return <td key={name} className="num" title={stat ? `of ${stat.count}` : undefined}>{shown}</td>;
      })}
      <td className="muted nowrap"><Time ms={group.last_ms} /></td>
    </tr>
  );
}
