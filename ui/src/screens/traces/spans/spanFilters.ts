// Filter conditions for a cell of a span: keep its value, or exclude it.
import { duration, money } from "../../../core/format";
import type { FoundSpan } from "../../../core/types";
import { type CellFilter, failure, number, spanValue, value } from "../cellFilters";
import { valueField } from "../columnText";

export function spanFilters(columnId: string, row: FoundSpan): CellFilter[] {
  const amount = (field: string, n: number | null, label: (n: number) => string) => (n === null ? [] : number(field, n, label(n)));
  switch (columnId) {
    case "outcome": return value("span.status", row.status);
    case "name": return value("span.name", row.name);
    case "type": return value("span.type", row.type);
    case "model": return value("span.model", row.model);
    case "provider": return value("span.provider", row.provider);
    case "duration": return amount("span.duration", row.duration_ms, duration);
    case "tokens": return amount("span.tokens", row.total_tokens, (n) => `${n} tokens`);
    case "cost": return amount("span.cost", row.cost, money);
    case "error": return row.error === null ? [] : failure(row.error);
    case "trace": return value("name", row.trace_name);
    case "session": return value("session", row.session);
    case "user": return value("user", row.user);
    case "version": return value("version", row.version);
    case "environment": return value("environment", row.environment);
    case "trace_id": return value("request_id", row.trace_id);
  }
  // Conditions on inputs and outputs test the root span of the trace, not the span of the row.
  const field = valueField(columnId);
  return field?.startsWith("span.") ? spanValue(field, row.values?.[field]) : [];
}
