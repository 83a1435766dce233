// Filter conditions for a cell: keep its value, or exclude it.
import { differsClause, equalsClause, keyedField } from "../../core/filter/print";
import { duration, money } from "../../core/format";
import type { AssessmentRow, TraceRow } from "../../core/types";

export interface CellFilter {
  /** Describes the traces that are kept: `user alice`, `at least 2.4 s`. */
  keepLabel: string;
  keep: string;
  dropLabel: string;
  drop: string;
}

const ERROR_CHARS_MAX = 290;
const VALUE_CHARS_MAX = 300;

export function cellFilters(columnId: string, row: TraceRow): CellFilter[] {
  switch (columnId) {
    case "outcome": return outcome(row);
    case "name": return value("name", row.name);
    case "session": return value("session", row.session);
    case "user": return value("user", row.user);
    case "version": return value("version", row.version);
    case "environment": return value("environment", row.environment);
    case "client_request_id": return value("client_request_id", row.client_request_id);
    case "runs": return row.run_ids.flatMap((run) => value("run_id", run));
    case "output": return row.error ? failure(row.error.message) : [];
    case "duration": return row.duration_ms === null ? [] : number("execution_time", Math.round(row.duration_ms), duration(row.duration_ms));
    case "tokens": return row.total_tokens === null ? [] : number("tokens", row.total_tokens, `${row.total_tokens} tokens`);
    case "cost": return row.cost === null ? [] : number("cost", row.cost, money(row.cost));
    case "assessments": return row.assessments.flatMap(assessment);
  }
  const colon = columnId.indexOf(":");
  const key = columnId.slice(colon + 1);
  switch (columnId.slice(0, colon)) {
    case "tag": return keyed("tags", key, row.tags[key]);
    case "meta": return keyed("metadata", key, row.metadata[key]);
    case "value": return spanValue(key, row.values?.[key]);
    case "field": return row.numbers[key] === undefined ? [] : number(key, row.numbers[key], String(row.numbers[key]));
    case "feedback":
    case "expectation":
      return row.assessments
        .filter((one) => one.name === key)
        .flatMap(assessment);
  }
  return [];
}

export function spanValue(field: string, found: unknown): CellFilter[] {
  if (found === undefined || found === null) return [];
  // Attributes are compared as texts.
  if (typeof found === "number" && !field.startsWith("span.")) return number(field, found, `${found} ${field}`);
  // A text that was cut cannot be matched as a whole.
  const whole = String(found);
  return VALUE_CHARS_MAX < whole.length ? [] : value(field, whole);
}

function outcome(row: TraceRow): CellFilter[] {
  if (!row.recovered) return value("status", row.state);
  const failedInside = "(span.status = 'ERROR')";
  return [...value("status", row.state), {
    keepLabel: "with failed spans", keep: failedInside, dropLabel: "with failed spans", drop: `NOT ${failedInside}`,
  }];
}

export function value(field: string, text: string | null | undefined): CellFilter[] {
  if (text == null) return [];
  const keep = equalsClause(field, text);
  const drop = differsClause(field, text);
  const label = `${field} ${text}`;
  return [{ keepLabel: label, keep, dropLabel: label, drop }];
}

function keyed(prefix: string, key: string, text: string | undefined): CellFilter[] {
  return value(keyedField(prefix, key), text);
}

function assessment({ kind, name, value: assessed, verdict }: AssessmentRow): CellFilter[] {
  if (kind === "issue") {
    const label = `issue ${String(assessed)}`;
    return value("issue.id", name).map((filter) => ({ ...filter, keepLabel: label, dropLabel: label }));
  }
  if (assessed === null || typeof assessed === "object") return [];
  const field = keyedField(kind, name);
  if (verdict !== "good" && verdict !== "bad") return value(field, String(assessed));
  const keep = `${field} IS ${verdict.toUpperCase()}`;
  return [{ keepLabel: `${verdict} ${name}`, keep, dropLabel: `${verdict} ${name}`, drop: `NOT ${keep}` }, ...value(field, String(assessed))];
}

export function failure(message: string | null): CellFilter[] {
  // A truncated message cannot be matched as a whole.
  if (message !== null && ERROR_CHARS_MAX < message.length) return [];
  return value("error", message);
}

export function number(field: string, n: number, label: string): CellFilter[] {
  return [{ keepLabel: `at least ${label}`, keep: `${field} >= ${n}`, dropLabel: `less than ${label}`, drop: `${field} < ${n}` }];
}
