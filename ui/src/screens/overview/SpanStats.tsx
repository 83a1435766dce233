import { TracesLink } from "../../ui/address/TracesLink";
import { duration, exact, plural } from "../../core/format";
import { joinFilters } from "../../core/joinFilters";
import { visible } from "../../core/text";
import type { RangeText } from "../../core/timeRange";
import type { SpanStat } from "../../core/types";
import { Sparkline } from "../../ui/Sparkline";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";
import { FailedCalls } from "./FailedCalls";

/** Tools or retrievers by name; by default, those that fail most come first. */
export function SpanStats({ id, title, none, experiment, spans, q, range }: {
  id: string;
  title: string;
  none: string;
  experiment: string;
  spans: SpanStat[];
  q: string;
  range: RangeText;
}) {
  const [sort, setSort] = useTableSort("-errors", `sort_${id}`);
  const target = (row: SpanStat, count: number, extra = "") => ({ q: joinFilters(q, row.filter + extra), range, count });
  const columns: TableColumn<SpanStat>[] = [
    {
      id: "name", title: "Name", value: ({ name }) => name, rowHeader: true,
      cell: (row) => <TracesLink experiment={experiment} target={target(row, row.traces)}>{visible(row.name)}</TracesLink>,
    },
    { id: "series", title: "Calls over time", cell: (row) => <Sparkline values={row.series} failed={row.error_series} label={`${plural(row.calls, "call")}, ${row.errors} failed`} /> },
    { id: "calls", title: "Calls", value: ({ calls }) => calls, number: true, cell: ({ calls }) => exact(calls) },
    {
      id: "errors", title: "Errors", value: ({ errors }) => errors, number: true,
      cell: (row) => <FailedCalls experiment={experiment} target={target(row, row.errors, " AND span.status = 'ERROR'")} calls={row.calls} />,
    },
    { id: "traces", title: "Traces", value: ({ traces }) => traces, number: true, cell: ({ traces }) => exact(traces) },
    { id: "p50", title: "p50", value: ({ p50_ms }) => p50_ms, number: true, cell: ({ p50_ms }) => duration(p50_ms) },
    { id: "p95", title: "p95", value: ({ p95_ms }) => p95_ms, number: true, cell: ({ p95_ms }) => duration(p95_ms) },
  ];
  return (
    <section className="stack" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {spans.length === 0 ? <p className="muted">{none}</p> : (
        <DataTable labelledBy={id} columns={columns} rows={spans.toSorted((a, b) => b.calls - a.calls)} rowKey={({ name }) => name} sort={sort} onSort={setSort} />
      )}
    </section>
  );
}
