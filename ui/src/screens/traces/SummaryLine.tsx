import { Fragment, type ReactNode } from "react";
import { hasCondition, withCondition, withoutCondition } from "../../core/filter/edit";
import { absoluteTime, count, duration, exact, money, plural } from "../../core/format";
import type { TraceSummary } from "../../core/types";

/** A figure above a list. */
export interface SummaryPart {
  key: string;
  text: string;
  title: string;
  look?: string;
  /** The condition that pressing it adds to the filter, or removes. */
  condition?: string;
  onPress?: () => void;
}

/** The summary of the matching traces; pressing a metric filters by it. */
export function SummaryLine({ summary, q, onFilter, onSort }: {
  summary: TraceSummary;
  q: string;
  onFilter: (q: string) => void;
  onSort: (order: string) => void;
}) {
  const parts: SummaryPart[] = [{ key: "traces", text: plural(summary.traces, "trace"), title: `${exact(summary.traces)} traces`, look: "strong" }];
  const slower = (key: string, ms: number | null, title: string) => {
    if (ms !== null) parts.push({ key, text: `${key} ${duration(ms)}`, condition: `execution_time >= ${Math.round(ms)}`, title });
  };
  slower("p50", summary.p50_ms, "Median duration: show slower traces");
  slower("p95", summary.p95_ms, "95th percentile of duration: show slower traces");
  if (summary.errors) parts.push({ key: "errors", text: `${exact(summary.errors)} failed`, condition: "status = 'ERROR'", title: "Show errors", look: "error-text" });
  if (summary.recovered) parts.push({ key: "recovered", text: `${exact(summary.recovered)} recovered`, condition: RECOVERED, title: "Show traces that are OK with failed spans", look: "warn-text" });
  if (summary.in_progress) parts.push({ key: "running", text: `${exact(summary.in_progress)} running`, condition: "status = 'IN_PROGRESS'", title: "Show running traces" });
  if (summary.total_tokens) parts.push({ key: "tokens", text: `${count(summary.total_tokens)} tokens`, onPress: () => onSort("tokens DESC"), title: `${exact(summary.input_tokens)} in, ${exact(summary.output_tokens)} out, ${exact(summary.cached_tokens)} cached. Sort by tokens` });
  if (summary.cost) parts.push({ key: "cost", text: money(summary.cost), onPress: () => onSort("cost DESC"), title: "Sort by cost" });
  return <SummaryParts parts={parts} q={q} onFilter={onFilter} coverage={summary} />;
}

const RECOVERED = "(status = 'OK' AND span.status = 'ERROR')";

export function SummaryParts({ parts, q, onFilter, coverage }: {
  parts: SummaryPart[];
  q: string;
  onFilter: (q: string) => void;
  coverage: { complete: boolean; covered_from_ms: number | null };
}) {
  const nodes: [string, ReactNode][] = parts.map(({ key, text, title, look = "", condition, onPress }) => {
    if (condition === undefined && !onPress) return [key, look === "strong" ? <strong className="figure-total" title={title}>{text}</strong> : <span className="figure-total" title={title}>{text}</span>];
    const on = condition !== undefined && hasCondition(q, condition);
    const toggle = () => condition !== undefined && onFilter(on ? withoutCondition(q, condition) : withCondition(q, condition));
    return [key, (
      <button type="button" className={`summary-figure ${look}`} aria-pressed={condition === undefined ? undefined : on} title={title} onClick={onPress ?? toggle}>{text}</button>
    )];
  });
  if (!coverage.complete) {
    const reach = coverage.covered_from_ms === null ? "newest only" : `searched back to ${absoluteTime(coverage.covered_from_ms).slice(0, 16)}`;
    nodes.push(["part", <span className="warn-text" title="Not all traces could be counted in time; narrow the time range or the filter for exact metrics">{reach}</span>]);
  }
  return (
    <p className="summary">
      {nodes.map(([key, node]) => <Fragment key={key}>{node}</Fragment>)}
    </p>
  );
}
