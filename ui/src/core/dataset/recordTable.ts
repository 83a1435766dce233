// The records of a dataset as a table: its columns, and which records are shown in which order.
import { isJsonObject } from "../json/exactJson";
import { sortRows, parseSort, type SortValue } from "../sortRows";
import { compactText } from "../textKind";
import { valueText } from "./valueText";
import type { DatasetRecord } from "../types";
import { expectationsOf, hasExpectations, hasOutputs, type JsonObject, ownRecordTags } from "./record";

export type ObjectPart = "inputs" | "outputs" | "expectations";

/** A field of records that has a column; without `field`, the whole part is one. */
export interface RecordColumn {
  part: ObjectPart;
  field: string | null;
}

/** Fields with a column of their own; records with more have one column for the part. */
const FIELDS_MAX = 4;
/** The fields of the first records are enough. */
const READ_MAX = 500;

export function recordColumns(records: readonly DatasetRecord[]): RecordColumn[] {
  const some = records.slice(0, READ_MAX);
  const columns = (part: ObjectPart): RecordColumn[] => {
    const fields = [...new Set(some.flatMap((record) => fieldsOf(record[part])))];
    if (part !== "inputs" && !some.some((record) => hasOutputs(record[part]))) return [];
    return 0 < fields.length && fields.length <= FIELDS_MAX ? fields.map((field) => ({ part, field })) : [{ part, field: null }];
  };
  const expectations = columns("expectations");
  // The column that says which records lack expectations is always there.
  return [...columns("inputs"), ...columns("outputs"), ...(expectations.length ? expectations : [{ part: "expectations", field: null } as const])];
}

function fieldsOf(value: unknown): string[] {
  // Outputs may be a text or a list, which need a column for the whole.
  return isJsonObject(value) ? Object.keys(value) : [];
}

export function columnId({ part, field }: RecordColumn): string {
  return field === null ? part : `${part}.${field}`;
}

/** The value in a cell as text on one line; `null` if there is none. */
export function cellText(record: DatasetRecord, { part, field }: RecordColumn): string | null {
  const whole: unknown = record[part];
  if (!hasOutputs(whole)) return null;
  if (field === null) return valueText(whole);
  // A record whose outputs are no object, among others with fields.
  if (fieldsOf(whole).length === 0) return valueText(whole);
  const value = (whole as JsonObject)[field];
  return value === undefined ? null : valueText(value);
}

export interface RecordFilter {
  text: string;
  /** Only records of which nothing is expected yet. */
  withoutExpectations: boolean;
  sort: string;
}

export function showRecords(records: readonly DatasetRecord[], { text, withoutExpectations, sort }: RecordFilter): readonly DatasetRecord[] {
  const wanted = text.trim().toLowerCase();
  const shown = wanted || withoutExpectations
    ? records.filter((record) => (!withoutExpectations || !hasExpectations(record)) && (!wanted || searchText(record).includes(wanted)))
    : records;
  const { column, descending } = parseSort(sort);
  return column ? sortRows(shown, sortValue(column), descending) : shown;
}

function sortValue(column: string): (record: DatasetRecord) => SortValue {
  if (column === "changed") return (record) => record.update_time_ms;
  if (column === "source") return (record) => record.source_type;
  const [part, ...field] = column.split(".");
  return (record) => cellText(record, { part: part as ObjectPart, field: field.length ? field.join(".") : null });
}

const TEXTS = new WeakMap<DatasetRecord, string>();

function searchText(record: DatasetRecord): string {
  const known = TEXTS.get(record);
  if (known !== undefined) return known;
  const made = [record.record_id, ...[record.inputs, record.outputs, expectationsOf(record), ownRecordTags(record), record.source_data ?? ""].map(compactText)].join("\n").toLowerCase();
  TEXTS.set(record, made);
  return made;
}
