// A record of a dataset, and the form in which records are written.
import { isJsonObject } from "../json/exactJson";
import type { DatasetRecord } from "../types";
import { valueText } from "./valueText";

export type JsonObject = Record<string, unknown>;

/** A record to merge into a dataset, as MLflow's route takes it: the record with the same inputs is updated. */
export interface RecordUpsert {
  inputs: JsonObject;
  /** Absent outputs stay as they are. */
  outputs?: unknown;
  /** These are set; others stay. */
  expectations?: JsonObject;
  /** These are set; others stay. */
  tags?: JsonObject;
  /** Used only if the record is new. */
  source?: RecordSource;
}

export interface RecordSource {
  source_type: string;
  source_data: JsonObject;
}

/** The tag by which MLflow's clients name the user. */
export const USER_TAG = "mlflow.user";

/** The server stores `{}` if there are none. */
export function hasOutputs(outputs: unknown): boolean {
  return outputs !== null && outputs !== undefined && !(isJsonObject(outputs) && Object.keys(outputs).length === 0);
}

export function hasExpectations({ expectations }: Pick<DatasetRecord, "expectations">): boolean {
  return expectations !== null && Object.keys(expectations).length > 0;
}

export function expectationsOf(record: DatasetRecord): JsonObject {
  return (record.expectations as JsonObject | null) ?? {};
}

/** The tags that people set, as values; MLflow's own are left out. */
export function ownRecordTags(record: DatasetRecord): JsonObject {
  return Object.fromEntries(Object.entries(record.tags as JsonObject).filter(([key]) => !key.startsWith("mlflow.")));
}

export function sourceOfRecord({ source_type, source_data }: DatasetRecord): RecordSource | undefined {
  if (!source_type) return undefined;
  return { source_type, source_data: dataOf(source_data) };
}

/** Names and values of the source, without the trace, which is shown as a link. */
export function sourceFields({ source_data, source_trace_id }: DatasetRecord): [name: string, value: string][] {
  const fields = Object.entries(dataOf(source_data));
  return fields.filter(([name]) => name !== "trace_id" || source_trace_id === null).map(([name, value]) => [name, valueText(value)]);
}

/** The record as one that can be added again, here or by `EvaluationDataset.merge_records`. */
export function upsertOfRecord(record: DatasetRecord): RecordUpsert {
  const source = sourceOfRecord(record);
  return {
    inputs: record.inputs as JsonObject,
    ...(hasOutputs(record.outputs) ? { outputs: record.outputs } : {}),
    expectations: expectationsOf(record),
    tags: record.tags as JsonObject,
    ...(source ? { source } : {}),
  };
}

function dataOf(source: DatasetRecord["source_data"]): JsonObject {
  return (source as JsonObject | null) ?? {};
}
