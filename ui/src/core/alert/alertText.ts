// Alert rules and their values as text.
import { type Unit, valueText } from "../chart";
import { duration, plural } from "../format";
import type { Alert, AlertRule, AlertSettings, AlertSignal } from "../types";

/** What a rule watches: `P95 latency`. */
export function signalText(signal: AlertSignal): string {
  switch (signal.type) {
    case "error_rate": return "Error rate";
    case "latency": return `P${signal.percentile} latency`;
    case "cost": return "Cost";
    case "tokens": return "Tokens";
    case "pass_rate": return `Pass rate of ${signal.feedback}`;
    case "feedback_mean": return `Mean of ${signal.feedback}`;
    case "scorer_lag": return `Lag of ${signal.scorer}`;
    case "judge_failures": return `Failed calls of ${signal.scorer}`;
  }
}

export function unitOf(signal: AlertSignal): Unit {
  switch (signal.type) {
    case "error_rate": case "pass_rate": case "judge_failures": return "percent";
    case "latency": case "scorer_lag": return "duration";
    case "cost": return "money";
    case "tokens": return "tokens";
    case "feedback_mean": return "number";
  }
}

/** The value in the unit of charts, which have durations in milliseconds. */
export function chartValue(signal: AlertSignal, value: number): number {
  return signal.type === "scorer_lag" ? value * 1000 : value;
}

export function signalValueText(signal: AlertSignal, value: number | null | undefined): string {
  return valueText(unitOf(signal), value == null ? null : chartValue(signal, value));
}

/** `above 5 % over 15m` */
export function conditionText({ signal, comparison, threshold, window_s }: AlertSettings): string {
  const window = signal.type === "scorer_lag" ? "" : ` over ${spanText(window_s)}`;
  return `${comparison} ${signalValueText(signal, threshold)}${window}`;
}

/** A length of time without zeros: `15m`, `1h`, `90s`. */
export function spanText(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400}d`;
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

const STATUS_ORDER = ["firing", "pending", "no_data", "ok"];

/** Firing rules first, those that rest last; then by name. */
export function sortRules(rules: readonly AlertRule[]): AlertRule[] {
  const rank = ({ settings, status }: AlertRule) => (settings.enabled === false ? STATUS_ORDER.length : STATUS_ORDER.indexOf(status));
  return rules.toSorted((a, b) => rank(a) - rank(b) || a.settings.name.localeCompare(b.settings.name));
}

export function isMuted({ muted_until_ms }: AlertRule, nowMs: number): boolean {
  return muted_until_ms != null && nowMs < muted_until_ms;
}

/** Why the rule has no value, or what the value is computed from. */
export function samplesText({ settings: { signal, traces_min = 1 }, traces, complete, evaluated_ms, status }: AlertRule): string {
  if (evaluated_ms == null) return "not evaluated yet";
  if (signal.type === "scorer_lag") return traces === 0 ? "nothing waits" : plural(traces, "trace waits", "traces wait");
  const counted = `${complete ? "" : "newest "}${plural(traces, "trace")}`;
  return status === "no_data" ? `${counted} of at least ${traces_min}` : counted;
}

/** How an alert ended. */
export function endText({ end_ms, end_reason }: Alert): string {
  if (end_ms == null) return "still firing";
  switch (end_reason) {
    case "no_data": return "too few traces";
    case "rule_changed": return "the rule was changed";
    default: return "recovered";
  }
}

export function lastedText({ start_ms, end_ms }: Pick<Alert, "start_ms" | "end_ms">, nowMs: number): string {
  return duration(Math.max(0, (end_ms ?? nowMs) - start_ms));
}
