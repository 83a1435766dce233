import { count, duration, money } from "../../../core/format";
import type { FoundSpan } from "../../../core/types";
import { Outcome, type OutcomeName } from "../../../ui/Outcome";
import { Time } from "../../../ui/Time";
import { type Column, type ColumnSet, noteOf, number, text, valueColumn } from "../columns";
import { SpanLink } from "./SpanLink";

const COLUMNS: Column<FoundSpan>[] = [
  { id: "outcome", title: "Outcome", width: 36, cell: (row) => <Outcome outcome={spanOutcome(row)} /> },
  { id: "time", title: "Started", width: 88, cell: (row, { absolute }) => <span className="muted ellipsis"><Time ms={row.start_time_ms} absolute={absolute} /></span> },
  { id: "name", title: "Name", width: 180, grow: 3, cell: (row) => <SpanLink row={row} /> },
  { id: "type", title: "Type", width: 110, cell: (row) => text(row.type) },
  { id: "duration", title: "Duration", width: 84, end: true, cell: (row) => number(row.duration_ms, duration, " ms") },
  { id: "model", title: "Model", width: 140, cell: (row) => text(row.model) },
  { id: "tokens", title: "Tokens", width: 76, end: true, cell: (row) => number(row.total_tokens, count) },
  { id: "cost", title: "Cost", width: 84, end: true, cell: (row) => number(row.cost, money, " US dollars") },
  { id: "error", title: "Error", width: 140, grow: 3, cell: (row) => text(row.error, "ellipsis mono error-text") },
  { id: "trace", title: "Trace", width: 140, cell: (row) => text(row.trace_name) },
  { id: "session", title: "Session", width: 130, cell: (row) => text(row.session) },
  { id: "provider", title: "Provider", width: 110, cell: (row) => text(row.provider) },
  { id: "first_token", title: "First token", width: 92, end: true, cell: (row) => number(row.first_token_ms, duration, " ms") },
  { id: "input_tokens", title: "Tokens in", width: 84, end: true, cell: (row) => number(row.input_tokens, count) },
  { id: "output_tokens", title: "Tokens out", width: 88, end: true, cell: (row) => number(row.output_tokens, count) },
  { id: "cached_tokens", title: "Tokens cached", width: 110, end: true, cell: (row) => number(row.cached_tokens, count) },
  { id: "user", title: "User", width: 110, cell: (row) => text(row.user) },
  { id: "version", title: "Version", width: 100, cell: (row) => text(row.version) },
  { id: "environment", title: "Environment", width: 110, cell: (row) => text(row.environment) },
  { id: "id", title: "Span id", width: 150, cell: (row) => text(row.span_id, "ellipsis mono") },
  { id: "trace_id", title: "Trace id", width: 170, cell: (row) => text(row.trace_id, "ellipsis mono") },
];

const BY_ID = new Map(COLUMNS.map((column) => [column.id, column]));

export const SPAN_COLUMNS: ColumnSet<FoundSpan> = {
  rows: "spans",
  stored: "kansoku.columns.spans",
  defaults: ["outcome", "time", "name", "type", "duration", "model", "tokens", "cost", "error", "trace", "session"].map((id) => ({ id })),
  fixed: COLUMNS,
  of: (id) => BY_ID.get(id) ?? valueColumn(id),
  keyed: (fields) => fields.flatMap((field) => {
    const column = field.column ? valueColumn<FoundSpan>(`value:${field.field}`) : null;
    return column ? [{ column, note: noteOf(field) }] : [];
  }),
};

export function spanOutcome({ status, duration_ms }: Pick<FoundSpan, "status" | "duration_ms">): OutcomeName {
  if (status === "ERROR") return "error";
  return duration_ms === null ? "running" : "ok";
}
