import { slowerSpansClause } from "../../../core/spanConditions";
import { count, duration, exact, money, plural } from "../../../core/format";
import type { SpanSummary } from "../../../core/types";
import { SummaryParts, type SummaryPart } from "../SummaryLine";

/** The summary of the matching spans; pressing a metric filters by it. */
export function SpanSummaryLine({ summary, q, onFilter }: { summary: SpanSummary; q: string; onFilter: (q: string) => void }) {
  const parts: SummaryPart[] = [
    { key: "spans", text: plural(summary.spans, "span"), title: `${exact(summary.spans)} spans`, look: "strong" },
    { key: "traces", text: `in ${plural(summary.traces, "trace")}`, title: `${exact(summary.traces)} traces` },
  ];
  const slower = (key: string, ms: number | null, title: string) => {
    if (ms !== null) parts.push({ key, text: `${key} ${duration(ms)}`, condition: slowerSpansClause(ms), title });
  };
  slower("p50", summary.p50_ms, "Median duration: show slower spans");
  slower("p95", summary.p95_ms, "95th percentile of duration: show slower spans");
  if (summary.errors) parts.push({ key: "errors", text: `${exact(summary.errors)} failed`, condition: "span.status = 'ERROR'", title: "Show failed spans", look: "error-text" });
  if (summary.total_tokens) parts.push({ key: "tokens", text: `${count(summary.total_tokens)} tokens`, title: `${exact(summary.total_tokens)} tokens` });
  if (summary.cost) parts.push({ key: "cost", text: money(summary.cost), title: `${summary.cost} US dollars` });
  return <SummaryParts parts={parts} q={q} onFilter={onFilter} coverage={summary} />;
}
