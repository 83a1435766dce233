import { Fragment, type ReactNode } from "react";
import { hasCondition, withCondition, withoutCondition } from "../../core/filter/edit";
import { absoluteTime, count, duration, exact, money, plural } from "../../core/format";
import type { TraceSummary } from "../../core/types";

/** The summary of the matching traces; pressing a metric filters by it. */
export function SummaryLine({ summary, q, onFilter, onSort }: {
  summary: TraceSummary;
  q: string;
  onFilter: (q: string) => void;
  onSort: (order: string) => void;
}) {
  const part = (key: string, text: string, condition: string, title: string, look = ""): [string, ReactNode] => {
    const on = hasCondition(q, condition);
    return [key, (
      <button type="button" className={`figure ${look}`} aria-pressed={on} title={title} onClick={() => onFilter(on ? withoutCondition(q, condition) : withCondition(q, condition))}>
        {text}
      </button>
    )];
  };
  const sorts = (key: string, text: string, order: string, title: string): [string, ReactNode] => [
    key, <button type="button" className="figure" title={title} onClick={() => onSort(order)}>{text}</button>,
  ];
  const parts: [string, ReactNode][] = [["traces", <strong className="figure-total" title={`${exact(summary.traces)} traces`}>{plural(summary.traces, "trace")}</strong>]];
  if (summary.p50_ms !== null) parts.push(part("p50", `p50 ${duration(summary.p50_ms)}`, `execution_time >= ${Math.round(summary.p50_ms)}`, "Median duration: show slower traces"));
  if (summary.p95_ms !== null) parts.push(part("p95", `p95 ${duration(summary.p95_ms)}`, `execution_time >= ${Math.round(summary.p95_ms)}`, "95th percentile of duration: show slower traces"));
  if (summary.errors) parts.push(part("errors", `${exact(summary.errors)} failed`, "status = 'ERROR'", "Show errors", "error-text"));
  if (summary.recovered) parts.push(part("recovered", `${exact(summary.recovered)} recovered`, RECOVERED, "Show traces that are OK with failed spans", "warn-text"));
  if (summary.in_progress) parts.push(part("running", `${exact(summary.in_progress)} running`, "status = 'IN_PROGRESS'", "Show running traces"));
  if (summary.total_tokens) parts.push(sorts("tokens", `${count(summary.total_tokens)} tokens`, "tokens DESC", `${exact(summary.input_tokens)} in, ${exact(summary.output_tokens)} out, ${exact(summary.cached_tokens)} cached. Sort by tokens`));
  if (summary.cost) parts.push(sorts("cost", money(summary.cost), "cost DESC", "Sort by cost"));
  if (!summary.complete) {
    const reach = summary.covered_from_ms === null ? "" : ` since ${absoluteTime(summary.covered_from_ms).slice(0, 16)}`;
    parts.push(["part", <span className="warn-text" title="Too many traces to count them all; narrow the time range or the filter for exact metrics">newest{reach}</span>]);
  }
  return (
    <p className="summary">
      {parts.map(([key, node]) => <Fragment key={key}>{node}</Fragment>)}
    </p>
  );
}

const RECOVERED = "(status = 'OK' AND span.status = 'ERROR')";
