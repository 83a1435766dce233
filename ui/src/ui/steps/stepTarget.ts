import { joinFilters } from "../../core/joinFilters";
import { asksOfSpans, slowerSpansClause } from "../../core/spanConditions";
import type { Step } from "../../core/types";
import type { Side } from "../../net/analytics";
import type { TracesTarget } from "../address/tracesTarget";

/** Some of the spans of a step. */
export interface SpansOfStep {
  /** Their number, if not that of the calls. Zero is not linked. */
  count?: number;
  /** A condition on each. */
  condition?: string;
}

/** The traces with a step. */
export function tracesOfStep(side: Side, step: Step): TracesTarget {
  return { q: joinFilters(side.q, step.filter), range: side.range, count: step.traces };
}

/**
 * The spans of a step. If the filter of the screen has conditions on spans, those may be about other spans of the trace:
 * then the target is the traces.
 */
export function spansOfStep(side: Side, step: Step, { count = step.calls, condition }: SpansOfStep = {}): TracesTarget {
  const filter = condition ? `${step.filter} AND ${condition}` : step.filter;
  return { q: joinFilters(side.q, filter), range: side.range, count, spans: !asksOfSpans(side.q) };
}

export function failedSpans({ errors }: Step): SpansOfStep {
  return { count: errors, condition: "span.status = 'ERROR'" };
}

export function paidSpans({ cost }: Step): SpansOfStep {
  return { count: cost, condition: "span.cost > 0" };
}

/** The spans that took at least so long. */
export function slowerSpans(ms: number | null | undefined): SpansOfStep {
  return ms == null ? { count: 0 } : { condition: slowerSpansClause(ms) };
}
