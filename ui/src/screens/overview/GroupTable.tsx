import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { TracesLink } from "../../ui/address/TracesLink";
import { count, duration, exact, money, percent } from "../../core/format";
import { joinFilters } from "../../core/joinFilters";
import { visible } from "../../core/text";
import type { RangeText } from "../../core/timeRange";
import type { Overview, OverviewGroup } from "../../core/types";
import { Button } from "../../ui/Button";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";
import { sidesSearch } from "../../core/comparisonAddress";

const ROWS_FIRST = 50;

/** All groups of a breakdown; any two can be compared, and any one can become the filter. */
export function GroupTable({ experiment, overview, by, colors, q, range, onOnly }: {
  experiment: string;
  overview: Overview;
  by: string;
  /** The colours of the groups that charts show, by filter. */
  colors: Map<string, string>;
  q: string;
  range: RangeText;
  /** Filters by one group. */
  onOnly: (filter: string) => void;
}) {
  const [marked, setMarked] = useState<string[]>([]);
  const [all, setAll] = useState(false);
  const [sort, setSort] = useTableSort("-traces", "sort_groups");
  const chosen = marked.filter((filter) => overview.by.some((group) => group.filter === filter));
  // A third selection replaces the first.
  const mark = (filter: string) =>
    setMarked(chosen.includes(filter) ? chosen.filter((other) => other !== filter) : [...chosen, filter].slice(-2));
  const sides = chosen.length === 2
    ? sidesSearch({ range }, joinFilters(q, chosen[0]), joinFilters(q, chosen[1]))
    : null;
  const target = ({ filter }: OverviewGroup, count: number, extra = "") => ({ q: joinFilters(q, filter, extra), range, count });
  const columns: TableColumn<OverviewGroup>[] = [
    {
      id: "compare", title: <span className="visually-hidden">Compare</span>,
      cell: (group) => <input type="checkbox" aria-label={`Compare ${nameOf(group)}`} checked={chosen.includes(group.filter)} onChange={() => mark(group.filter)} />,
    },
    {
      id: "group", title: "Group", value: ({ value }) => value, rowHeader: true,
      cell: (group) => (
        <span className="row">
          <span className="swatch" aria-hidden style={{ color: colors.has(group.filter) ? `var(--${colors.get(group.filter)})` : "transparent" }} />
          <TracesLink experiment={experiment} target={target(group, group.figures.traces)} className="ellipsis">{nameOf(group)}</TracesLink>
        </span>
      ),
    },
    { id: "traces", title: "Traces", value: ({ figures }) => figures.traces, number: true, cell: ({ figures }) => exact(figures.traces) },
    {
      id: "errors", title: "Errors", value: ({ figures }) => figures.errors, number: true,
      cell: (group) => {
        const { errors, traces } = group.figures;
        return (
          <TracesLink experiment={experiment} target={target(group, errors, "status = 'ERROR'")} className={errors ? "error-text" : "muted"}>
            {exact(errors)}{errors ? ` (${percent(errors / traces)})` : ""}
          </TracesLink>
        );
      },
    },
    {
      id: "recovered", title: "Recovered", value: ({ figures }) => figures.recovered, number: true,
      cell: (group) => (
        <TracesLink
          experiment={experiment} target={target(group, group.figures.recovered, "status = 'OK' AND span.status = 'ERROR'")}
          className={group.figures.recovered ? "warn-text" : "muted"}
        >
          {exact(group.figures.recovered)}
        </TracesLink>
      ),
    },
    { id: "p50", title: "p50", value: ({ figures }) => figures.p50_ms, number: true, cell: ({ figures }) => duration(figures.p50_ms) },
    { id: "p95", title: "p95", value: ({ figures }) => figures.p95_ms, number: true, cell: ({ figures }) => duration(figures.p95_ms) },
    { id: "tokens", title: "Tokens", value: ({ figures }) => figures.total_tokens, number: true, cell: ({ figures }) => <span title={exact(figures.total_tokens)}>{count(figures.total_tokens)}</span> },
    { id: "cost", title: "Cost", value: ({ figures }) => figures.cost, number: true, cell: ({ figures }) => money(figures.cost) },
    { id: "cost_per_trace", title: "Cost per trace", value: costPerTrace, number: true, cell: (group) => money(costPerTrace(group)) },
    {
      id: "only", title: <span className="visually-hidden">Filter</span>,
      cell: (group) => <Button small look="plain" aria-label={`Only ${nameOf(group)}`} onClick={() => onOnly(group.filter)}>Only</Button>,
    },
  ];
  return (
    <section className="stack" aria-labelledby="groups">
      <div className="row">
        <h2 id="groups" className="grow">By {visible(by)}</h2>
        {sides
          ? <Link className="button" to="/e/$e/compare" params={{ e: experiment }} search={sides as never}>Compare selected</Link>
          : <span className="meta">Select two to compare</span>}
      </div>
      <DataTable
        labelledBy="groups" columns={columns} rows={overview.by} rowKey={({ filter }) => filter} sort={sort} onSort={setSort} rowsMax={all ? undefined : ROWS_FIRST}
      />
      {!all && ROWS_FIRST < overview.by.length && <p><Button small onClick={() => setAll(true)}>Show all {exact(overview.by.length)}</Button></p>}
    </section>
  );
}

function nameOf({ value }: OverviewGroup): string {
  return visible(value ?? "(none)");
}

function costPerTrace({ figures }: OverviewGroup): number | null {
  return figures.traces ? figures.cost / figures.traces : null;
}
