// What the columns of an imported file become: a part of a record, or a field of a part.
import { isJsonObject } from "../json/exactJson";
import type { FileRow } from "./fileRows";
import type { JsonObject, RecordSource, RecordUpsert } from "./record";

export const MAPPED_PARTS = ["inputs", "outputs", "expectations", "tags"] as const;
export type MappedPart = (typeof MAPPED_PARTS)[number] | "source";

export interface ColumnTarget {
  part: MappedPart;
  /** `null` for the whole part, an object. */
  field: string | null;
}

/** `null` for a column that is not imported. */
export type ColumnMapping = Record<string, ColumnTarget | null>;

const EXPECTED = /^(expected|ground.?truth|reference|label$)/i;

/** By their names: `inputs`, `inputs.question`, `expectations.answer`. If no column is named so, all of them become inputs or expectations. */
export function guessMapping(columns: readonly string[]): ColumnMapping {
  const named = columns.map((column) => [column, targetOfName(column)] as const);
  if (named.some(([, target]) => target?.part === "inputs")) return Object.fromEntries(named);
  return Object.fromEntries(named.map(([column, target]) => [column, target ?? { part: EXPECTED.test(column) ? "expectations" : "inputs", field: column }]));
}

function targetOfName(column: string): ColumnTarget | null {
  if (column === "source") return { part: "source", field: null };
  if (column === "source.trace_id") return { part: "source", field: "trace_id" };
  const part = MAPPED_PARTS.find((it) => column === it || column.startsWith(`${it}.`));
  if (!part) return null;
  return { part, field: column.slice(part.length + 1) || null };
}

/** `inputs.question`, as in the names of columns. */
export function targetName(target: ColumnTarget | null): string {
  return target === null ? "" : target.field === null ? target.part : `${target.part}.${target.field}`;
}

/** The record of a row, or why it has none. */
export function upsertOfRow({ cells }: FileRow, mapping: ColumnMapping): RecordUpsert | { mistake: string } {
  const parts: { inputs: JsonObject; expectations: JsonObject; tags: JsonObject } = { inputs: {}, expectations: {}, tags: {} };
  let outputs: unknown;
  let source: RecordSource | undefined;
  for (const [column, value] of Object.entries(cells)) {
    const target = mapping[column];
    if (!target || value === undefined) continue;
    const { part, field } = target;
    // An absent part may be written as `null`; a field may be `null`.
    if (value === null && (field === null || part === "source")) continue;
    if (part === "source") {
      source = sourceOf(value, field);
      if (!source) return { mistake: `\`${column}\` is no source, such as {"source_type": "HUMAN", "source_data": {}}` };
    } else if (part === "outputs") {
      outputs = field === null ? value : { ...(isJsonObject(outputs) ? outputs : {}), [field]: value };
    } else if (field !== null) {
      parts[part][field] = value;
    } else if (isJsonObject(value)) {
      Object.assign(parts[part], value);
    } else {
      return { mistake: `\`${column}\` must be a JSON object` };
    }
  }
  if (Object.keys(parts.inputs).length === 0) return { mistake: "no inputs" };
  return { ...parts, ...(outputs === undefined ? {} : { outputs }), source: source ?? sourceOfImport(parts.expectations) };
}

function sourceOf(value: unknown, field: string | null): RecordSource | undefined {
  if (field === "trace_id") return { source_type: "TRACE", source_data: { trace_id: String(value) } };
  if (!isJsonObject(value) || typeof value.source_type !== "string") return undefined;
  return { source_type: value.source_type, source_data: isJsonObject(value.source_data) ? value.source_data : {} };
}

/** As MLflow's client infers it: a person wrote what is expected. */
function sourceOfImport(expectations: JsonObject): RecordSource {
  return { source_type: Object.keys(expectations).length > 0 ? "HUMAN" : "CODE", source_data: {} };
}
