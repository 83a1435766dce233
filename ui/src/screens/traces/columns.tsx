import type { ReactNode } from "react";
import { exact } from "../../core/format";
import { count, duration, money } from "../../core/format";
import { splitField } from "../../core/filter/print";
import { visible } from "../../core/text";
import type { FilterField, TraceRow } from "../../core/types";
import { AssessmentBadges } from "../../ui/Assessment";
import { Outcome, outcomeOf } from "../../ui/Outcome";
import { Shape } from "../../ui/Shape";
import { Time } from "../../ui/Time";
import { DEFAULT_COLUMNS, type ShownColumn, valueField } from "./columnText";
import { TraceLink } from "./TraceLink";

export interface Column<T = TraceRow> {
  id: string;
  title: string;
  /** Width in pixels; `grow` is its share of the remaining width. */
  width: number;
  grow?: number;
  end?: boolean;
  /** The field that the server sorts by. */
  sort?: string;
  cell: (row: T, options: { absolute: boolean }) => ReactNode;
}

/** The columns that a table can have. */
export interface ColumnSet<T> {
  rows: "traces" | "spans";
  /** The name of what was chosen last, in this browser. */
  stored: string;
  defaults: ShownColumn[];
  fixed: readonly Column<T>[];
  /** The column of an id, that of a key included. */
  of: (id: string) => Column<T> | null;
  /** Columns of the keys that the data has. */
  keyed: (fields: FilterField[]) => { column: Column<T>; note: string }[];
}

export const text = (value: string | null | undefined, className = "ellipsis"): ReactNode =>
  value == null || value === "" ? null : <span className={className} title={visible(value)}>{visible(value)}</span>;

export const number = (n: number | null, shown: (n: number | null) => string, unit = ""): ReactNode =>
  n === null ? <span className="muted">–</span> : <span title={`${exact(n)}${unit}`}>{shown(n)}</span>;

const COLUMNS: Column[] = [
  { id: "outcome", title: "Outcome", width: 36, sort: "status", cell: (row) => <Outcome outcome={outcomeOf(row)} /> },
  { id: "time", title: "Time", width: 88, sort: "timestamp", cell: (row, { absolute }) => <span className="muted ellipsis"><Time ms={row.request_time_ms} absolute={absolute} /></span> },
  { id: "input", title: "Input", width: 160, grow: 3, cell: (row) => <TraceLink row={row} /> },
  { id: "output", title: "Output / error", width: 160, grow: 4, cell: outputOrError },
  { id: "shape", title: "Shape", width: 148, cell: (row) => <Shape segments={row.shape} /> },
  { id: "duration", title: "Duration", width: 84, end: true, sort: "execution_time", cell: (row) => number(row.duration_ms, duration, " ms") },
  { id: "tokens", title: "Tokens", width: 76, end: true, sort: "tokens", cell: (row) => number(row.total_tokens, count) },
  { id: "cost", title: "Cost", width: 84, end: true, sort: "cost", cell: (row) => number(row.cost, money, " US dollars") },
  { id: "assessments", title: "Assessments", width: 190, cell: (row) => <AssessmentBadges assessments={row.assessments} max={3} /> },
  { id: "name", title: "Name", width: 140, sort: "name", cell: (row) => text(row.name) },
  { id: "session", title: "Session", width: 140, cell: (row) => text(row.session) },
  { id: "user", title: "User", width: 110, cell: (row) => text(row.user) },
  { id: "version", title: "Version", width: 100, cell: (row) => text(row.version) },
  { id: "environment", title: "Environment", width: 110, cell: (row) => text(row.environment) },
  { id: "source", title: "Source", width: 140, cell: (row) => text(row.source) },
  { id: "runs", title: "Runs", width: 140, cell: (row) => text(row.run_ids.join(", "), "ellipsis mono") },
  { id: "id", title: "Trace id", width: 170, cell: (row) => text(row.trace_id, "ellipsis mono") },
  { id: "client_request_id", title: "Client request id", width: 150, cell: (row) => text(row.client_request_id, "ellipsis mono") },
  { id: "spans", title: "Spans", width: 70, end: true, cell: (row) => number(row.span_count, count) },
  { id: "failed_spans", title: "Failed spans", width: 96, end: true, cell: (row) => (row.failed_spans ? <span className="error-text">{count(row.failed_spans)}</span> : <span className="muted">0</span>) },
  { id: "input_tokens", title: "Tokens in", width: 84, end: true, cell: (row) => number(row.input_tokens, count) },
  { id: "output_tokens", title: "Tokens out", width: 88, end: true, cell: (row) => number(row.output_tokens, count) },
  { id: "cached_tokens", title: "Tokens cached", width: 110, end: true, cell: (row) => number(row.cached_tokens, count) },
];

const BY_ID = new Map(COLUMNS.map((column) => [column.id, column]));

const PREFIX: Partial<Record<FilterField["group"], string>> = { tag: "tag:", metadata: "meta:", feedback: "feedback:", expectation: "expectation:" };

/** The longest example that is shown beside a field. */
const EXAMPLE_CHARS_MAX = 24;

export const noteOf = (field: FilterField): string => (field.example === null ? field.group : field.example.slice(0, EXAMPLE_CHARS_MAX));

export const TRACE_COLUMNS: ColumnSet<TraceRow> = {
  rows: "traces",
  stored: "kansoku.columns",
  defaults: DEFAULT_COLUMNS,
  fixed: COLUMNS,
  of: columnOf,
  keyed: (fields) => fields.flatMap((field) => {
    const prefix = PREFIX[field.group];
    const column = field.column ? columnOf(`value:${field.field}`) : field.listed ? columnOf(`field:${field.field}`) : prefix ? columnOf(prefix + splitField(field.field).key) : null;
    return column ? [{ column, note: noteOf(field) }] : [];
  }),
};

function valueCell(value: unknown): ReactNode {
  if (typeof value === "number") return <span className="cell-number" title={String(value)}>{value.toLocaleString("en-US", { maximumSignificantDigits: 15 })}</span>;
  return value === undefined || value === null ? null : text(String(value));
}

/** The column `value:FIELD`, for a value of a span. */
export function valueColumn<T extends { values?: Record<string, unknown> }>(id: string): Column<T> | null {
  const field = valueField(id);
  if (field === null) return null;
  const title = field.replace(/^span\./, "").replaceAll("`", "");
  return { id, title, width: 150, cell: (row) => valueCell(row.values?.[field]) };
}

/** `tag:KEY`, `meta:KEY`, `feedback:NAME`, `expectation:NAME`, `field:NAME` and `value:FIELD` are columns, too. */
function columnOf(id: string): Column | null {
  const fixed = BY_ID.get(id);
  if (fixed) return fixed;
  const colon = id.indexOf(":");
  const key = id.slice(colon + 1);
  if (!key) return null;
  const base = { id, title: key, width: 130 };
  switch (id.slice(0, colon)) {
    case "tag": return { ...base, cell: (row) => text(row.tags[key]) };
    case "meta": return { ...base, cell: (row) => text(row.metadata[key]) };
    case "value": return valueColumn(id);
    case "field": return { ...base, end: true, sort: key, cell: (row) => number(row.numbers[key] ?? null, count) };
    case "feedback":
    case "expectation":
      return { ...base, cell: (row) => <AssessmentBadges assessments={row.assessments.filter((one) => one.name === key)} /> };
  }
  return null;
}

/** The output, or the error of a failed trace. */
function outputOrError(row: TraceRow): ReactNode {
  if (!row.error) return text(row.output);
  return text(`${row.error.span}: ${row.error.message ?? "failed"}`, "ellipsis mono error-text");
}
