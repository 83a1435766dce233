import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { sidesSearch } from "../../core/comparisonAddress";
import { count, duration, exact, money, percent } from "../../core/format";
import { joinFilters } from "../../core/joinFilters";
import { aliasesOf, type StoredPrompt } from "../../core/prompt/storedPrompt";
import { visible } from "../../core/text";
import type { RangeText } from "../../core/timeRange";
import type { Distributions, FeedbackStat, Figures } from "../../core/types";
import { promptFilter } from "../../net/prompts";
import { TracesLink } from "../../ui/address/TracesLink";
import { mergeSearch } from "../../ui/address/useUrl";
import { FeedbackBadge } from "../../ui/FeedbackBadge";
import { Pills } from "../../ui/Pills";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";

export interface VersionUsage {
  version: number;
  usage: Distributions | null;
}

/** A row for each version with the metrics of its traces. Two versions can be compared. */
export function UsageTable({ e, prompt, rows, chosen, range }: { e: string; prompt: StoredPrompt; rows: VersionUsage[]; chosen: number; range: RangeText }) {
  const [sort, setSort] = useTableSort("-version", "sort_usage");
  const [marked, setMarked] = useState<number[]>([]);
  // A third selection replaces the first.
  const mark = (version: number) => setMarked(marked.includes(version) ? marked.filter((other) => other !== version) : [...marked, version].slice(-2));
  const filterOf = (version: number) => promptFilter(prompt.name, version);
  const [a, b] = marked.toSorted((one, other) => one - other).map(filterOf);
  const target = ({ version }: VersionUsage, count: number, extra?: string) => {
    const filter = filterOf(version);
    return filter === null ? null : { q: joinFilters(filter, extra), range, count };
  };
  const number = (id: string, title: string, value: (figures: Figures) => number | null, text: (value: number | null) => string, className?: string): TableColumn<VersionUsage> => ({
    id, title, number: true, className, value: ({ usage }) => figure(usage, value), cell: ({ usage }) => text(figure(usage, value)),
  });
  const columns: TableColumn<VersionUsage>[] = [
    {
      id: "compare", title: <span className="visually-hidden">Compare</span>,
      cell: ({ version }) => <input type="checkbox" aria-label={`Compare version ${version}`} checked={marked.includes(version)} onChange={() => mark(version)} />,
    },
    {
      id: "version", title: "Version", value: ({ version }) => version, largestFirst: true, rowHeader: true,
      cell: ({ version }) => (
        <span className="row">
          <Link to="/e/$e/prompts/$prompt" params={{ e, prompt: prompt.name }} search={mergeSearch({}, { version: String(version), tab: "usage", ...range }) as never} aria-current={version === chosen ? "true" : undefined}>
            {version === chosen ? <b>{version}</b> : version}
          </Link>
          <Pills items={aliasesOf(prompt, version)} keyOf={(alias) => alias} textOf={visible}>
            {(alias) => <span className="badge accent"><span className="ellipsis">{visible(alias)}</span></span>}
          </Pills>
        </span>
      ),
    },
    {
      id: "traces", title: "Traces", number: true, value: ({ usage }) => usage?.figures.traces,
      cell: (row) => <TracesLink experiment={e} target={target(row, row.usage?.figures.traces ?? 0)} className={row.usage?.figures.traces ? "" : "muted"}>{exact(row.usage?.figures.traces ?? 0)}</TracesLink>,
    },
    {
      id: "errors", title: "Errors", number: true, value: ({ usage }) => figure(usage, ({ errors, traces }) => errors / traces),
      cell: (row) => {
        const { errors = 0, traces = 0 } = row.usage?.figures ?? {};
        if (traces === 0) return <span className="muted">–</span>;
        return <TracesLink experiment={e} target={target(row, errors, "status = 'ERROR'")} className={errors ? "error-text" : "muted"}>{percent(errors / traces)}</TracesLink>;
      },
    },
    number("p50", "p50", ({ p50_ms }) => p50_ms, duration),
    number("p95", "p95", ({ p95_ms }) => p95_ms, duration),
    number("tokens", "Tokens per trace", ({ total_tokens, traces }) => total_tokens / traces, (tokens) => count(tokens === null ? null : Math.round(tokens))),
    number("cost", "Cost per trace", ({ cost, traces }) => cost / traces, money),
    number("total_cost", "Cost", ({ cost }) => cost, money, "wide-only"),
    { id: "feedback", title: "Feedback", cell: ({ usage }) => <Feedback stats={usage?.feedback ?? []} /> },
  ];
  return (
    <>
      <DataTable label="Usage of the versions" className="usage" columns={columns} rows={rows} rowKey={({ version }) => String(version)} sort={sort} onSort={setSort} />
      {1 < rows.length && (
        <div className="row">
          {a && b
            ? <Link className="button" to="/e/$e/compare" params={{ e }} search={sidesSearch({ range }, a, b) as never}>Compare the traces of versions {marked.toSorted((one, other) => one - other).join(" and ")}</Link>
            : <span className="meta">Select two versions to compare their traces</span>}
        </div>
      )}
    </>
  );
}

/** A metric of the traces; `null` if there are none. */
function figure(usage: Distributions | null, value: (figures: Figures) => number | null): number | null {
  return usage && usage.figures.traces > 0 ? value(usage.figures) : null;
}

function Feedback({ stats }: { stats: FeedbackStat[] }) {
  if (stats.length === 0) return <span className="muted">–</span>;
  return (
    <Pills items={stats.toSorted((a, b) => b.count - a.count)} max={3} keyOf={({ name }) => name} textOf={({ name }) => visible(name)}>
      {(stat) => <FeedbackBadge stat={stat} />}
    </Pills>
  );
}
