import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { exact, plural } from "../../core/format";
import { issueFilter, issueWord, ownerOf, severityRank, type Issue } from "../../core/issue";
import { visible } from "../../core/text";
import { ALL } from "../../core/timeRange";
import { type Side, useTraffic } from "../../net/analytics";
import { useSummary } from "../../net/traces";
import { TracesLink } from "../../ui/address/TracesLink";
import { Button } from "../../ui/Button";
import { Sparkline } from "../../ui/Sparkline";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";
import { Time } from "../../ui/Time";
import { SeverityBadge } from "./SeverityBadge";

/** Rows added at once: each row fetches its traffic. */
const ROWS = 50;
const BUCKETS = 30;

export function IssueTable({ e, issues, tags, side }: {
  e: string;
  issues: Issue[];
  /** The tags of the experiment, which have the owners. */
  tags: { key: string; value: string }[] | undefined;
  /** The time range of the traffic. */
  side: Side;
}) {
  const [sort, setSort] = useTableSort("-severity");
  const [rows, setRows] = useState(ROWS);
  const common = useCommonRange(e, side);
  const owner = ({ issue_id }: Issue) => ownerOf(tags, issue_id);
  const columns: TableColumn<Issue>[] = [
    {
      id: "name", title: "Issue", value: ({ name }) => name, rowHeader: true, className: "issue-name",
      cell: ({ issue_id, name }) => <Link data-row to="/e/$e/issues/$issue" params={{ e, issue: issue_id }} title={visible(name)}>{visible(name)}</Link>,
    },
    { id: "severity", title: "Severity", value: severityRank, largestFirst: true, cell: ({ severity }) => <SeverityBadge severity={severity} /> },
    { id: "status", title: "Status", value: ({ status }) => status, className: "medium-only", cell: ({ status }) => issueWord(status) },
    { id: "owner", title: "Owner", value: (issue) => owner(issue) || null, className: "medium-only issue-owner", cell: (issue) => <span className="ellipsis">{visible(owner(issue) || "–")}</span> },
    { id: "series", title: "Over time", className: "medium-only", cell: ({ issue_id }) => <IssueSparkline e={e} issueId={issue_id} side={common} /> },
    {
      id: "traces", title: "Traces", hint: "All traces of the issue, at any time", value: ({ trace_count }) => trace_count ?? 0, number: true,
      cell: ({ issue_id, trace_count = 0 }) => <TracesLink experiment={e} target={{ q: issueFilter(issue_id), range: { from: ALL, to: "" }, count: trace_count }}>{exact(trace_count)}</TracesLink>,
    },
    { id: "last", title: "Last seen", hint: "The newest trace in this time range", className: "nowrap", cell: ({ issue_id }) => <LastSeen e={e} issueId={issue_id} side={common} /> },
    { id: "updated", title: "Updated", value: (issue) => issue.last_updated_timestamp, largestFirst: true, className: "nowrap wide-only", cell: (issue) => <Time ms={issue.last_updated_timestamp} /> },
  ];
  return (
    <>
      <DataTable label="Issues" columns={columns} rows={issues} rowKey={({ issue_id }) => issue_id} sort={sort} onSort={setSort} rowsMax={rows} rowKeys />
      {rows < issues.length && <div><Button onClick={() => setRows(rows + ROWS)}>Show {exact(Math.min(ROWS, issues.length - rows))} more</Button></div>}
    </>
  );
}

/** The time range with a start, so that all rows have the same time axis. */
function useCommonRange(e: string, side: Side): Side | null {
  const isOpen = side.range.from === ALL;
  const { data } = useSummary({ experiment: e, q: "", from: null, to: null }, { buckets: 1, enabled: isOpen });
  if (!isOpen) return side;
  return data ? { ...side, range: { ...side.range, from: String(data.oldest_ms ?? data.from_ms) } } : null;
}

function IssueSparkline(props: { e: string; issueId: string; side: Side | null }) {
  const data = useIssueTraffic(props);
  if (!data) return null;
  const all = data.buckets.map(({ ok, error, recovered, in_progress }) => ok + error + recovered + in_progress);
  return <Sparkline values={all} failed={data.buckets.map(({ error }) => error)} label={`${plural(data.traces, "trace")} over time`} />;
}

function LastSeen(props: { e: string; issueId: string; side: Side | null }) {
  const data = useIssueTraffic(props);
  if (!data) return null;
  return data.newest_ms === null ? <span className="muted" title="No trace in this time range">–</span> : <Time ms={data.newest_ms} />;
}

function useIssueTraffic({ e, issueId, side }: { e: string; issueId: string; side: Side | null }) {
  const q = issueFilter(issueId);
  return useTraffic(e, { q, range: side?.range ?? { from: ALL, to: "" }, utc: side?.utc ?? false }, { buckets: BUCKETS, enabled: side !== null, live: false }).data;
}
