import { useMemo } from "react";
import { historyChart } from "../../core/feedbackHistory";
import { exact, percent } from "../../core/format";
import { plain } from "../../core/chart";
import { groupTitle } from "../../core/groupTitle";
import { joinFilters } from "../../core/joinFilters";
import { visible } from "../../core/text";
import { bucketRange } from "../../core/trafficChart";
import type { FeedbackGroup, FeedbackVersion } from "../../core/types";
import { type Side, useFeedbackHistory } from "../../net/analytics";
import { TracesLink } from "../../ui/address/TracesLink";
import { useUrl } from "../../ui/address/useUrl";
import { Chart } from "../../ui/chart/Chart";
import { GroupBySelect } from "../../ui/GroupBySelect";
import { ErrorState, LoadingRows } from "../../ui/State";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";
import { Time } from "../../ui/Time";

/** The feedback of one name over time, by version of its scorer, and by any group of traces. */
export function FeedbackOverTime({ experiment, name, side, onZoom }: { experiment: string; name: string; side: Side; onZoom: (fromMs: number, toMs: number) => void }) {
  const [search, change] = useUrl();
  const by = search.by ?? "";
  const { data, error, refetch } = useFeedbackHistory(experiment, side, name, by);
  const chart = useMemo(() => (data ? historyChart(data) : null), [data]);
  if (error && !data) return <ErrorState error={error} doing="load the feedback over time" onRetry={() => void refetch()} />;
  if (!data) return <LoadingRows rows={5} />;
  if (!data.trend) return null;
  const { trend: { stat, filter }, versions, groups } = data;
  const of = (more: string) => joinFilters(side.q, filter, more);
  const isRated = stat.pass_rate !== null;
  const named = versions.filter(({ version }) => version !== null);
  return (
    <section className="stack" aria-labelledby="over-time">
      <div className="row wrap">
        <h2 id="over-time" className="grow">Over time</h2>
        <GroupBySelect experiment={experiment} value={by} onChange={(next) => change({ by: next || null })} />
      </div>
      {!data.complete && <p className="meta warn-text">Only the newest traces with this feedback were read; there are more. Choose a shorter time range for the others.</p>}
      {chart ? (
        <Chart
          title={isRated ? "Pass rate" : "Mean"} unit={isRated ? "percent" : "number"} kind="steps" data={chart} overall={[isRated ? stat.pass_rate : stat.mean, stat.count]}
          note={0 < (chart.marks?.length ?? 0) && "Lines mark new versions of the scorer."} height={140} max={isRated ? 1 : undefined} syncKey="quality" onZoom={onZoom} experiment={experiment}
          targetOf={(bucket) => ({ q: of(""), range: bucketRange(data, chart.startMs[bucket]!) })}
        />
      ) : <p className="muted">Its values are neither good nor bad, and not numbers, so they are not charted.</p>}
      {0 < named.length && <VersionTable experiment={experiment} versions={versions} q={of("")} />}
      {groups && <GroupTable experiment={experiment} title={groupTitle(by)} groups={groups} side={side} q={of} />}
    </section>
  );
}

type Rated = Pick<FeedbackVersion, "count" | "pass_rate" | "mean">;

const FIGURES: TableColumn<Rated>[] = [
  { id: "pass", title: "Pass rate", value: ({ pass_rate }) => pass_rate, number: true, cell: ({ pass_rate }) => (pass_rate === null ? "–" : percent(pass_rate)) },
  { id: "mean", title: "Mean", value: ({ mean }) => mean, number: true, cell: ({ mean }) => (mean === null ? "–" : plain(mean)) },
];

function figures(rows: readonly Rated[]): TableColumn<Rated>[] {
  return FIGURES.filter(({ value }) => rows.some((row) => value!(row) !== null));
}

function VersionTable({ experiment, versions, q }: { experiment: string; versions: FeedbackVersion[]; q: string }) {
  const [sort, setSort] = useTableSort("", "versions");
  const columns: TableColumn<FeedbackVersion>[] = [
    { id: "version", title: "Version of the scorer", rowHeader: true, cell: ({ version }) => (version === null ? <span className="muted" title="Of people, evaluations or applications">none</span> : visible(version)) },
    ...figures(versions),
    {
      id: "count", title: "Feedback", value: ({ count }) => count, number: true, hint: "Traces of the time in which the version was used",
      cell: ({ count, first_ms, last_ms }) => <TracesLink experiment={experiment} target={{ q, range: { from: String(first_ms), to: String(last_ms) }, count }}>{exact(count)}</TracesLink>,
    },
    { id: "first", title: "From", value: ({ first_ms }) => first_ms, cell: ({ first_ms }) => <Time ms={first_ms} /> },
    { id: "last", title: "To", value: ({ last_ms }) => last_ms, cell: ({ last_ms }) => <Time ms={last_ms} /> },
  ];
  return <DataTable label="By version of the scorer" columns={columns} rows={versions} rowKey={({ version }) => version ?? ""} sort={sort} onSort={setSort} />;
}

function GroupTable({ experiment, title, groups, side, q }: { experiment: string; title: string; groups: FeedbackGroup[]; side: Side; q: (more: string) => string }) {
  const [sort, setSort] = useTableSort("", "groups");
  const columns: TableColumn<FeedbackGroup>[] = [
    { id: "value", title, value: ({ value }) => value, rowHeader: true, cell: ({ value }) => (value === null ? <span className="muted">none</span> : visible(value)) },
    ...figures(groups),
    {
      id: "count", title: "Feedback", value: ({ count }) => count, number: true,
      cell: ({ count, filter }) => <TracesLink experiment={experiment} target={{ q: q(filter), range: side.range, count }}>{exact(count)}</TracesLink>,
    },
  ];
  return <DataTable label={`By ${title}`} columns={columns} rows={groups} rowKey={({ value }) => JSON.stringify(value)} sort={sort} onSort={setSort} />;
}
