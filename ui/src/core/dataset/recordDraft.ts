// A record as a person edits it: four JSON texts.
import { canonicalJson } from "../json/exactJson";
import { parseTyped, parseTypedObject } from "../json/parseTyped";
import type { DatasetRecord } from "../types";
import { expectationsOf, hasOutputs, type JsonObject, ownRecordTags, type RecordUpsert, sourceOfRecord } from "./record";

export const DRAFT_PARTS = ["inputs", "outputs", "expectations", "tags"] as const;
export type DraftPart = (typeof DRAFT_PARTS)[number];
export type RecordDraft = Record<DraftPart, string>;

export interface RecordParts {
  inputs: JsonObject;
  /** `undefined` for none. */
  outputs: unknown;
  expectations: JsonObject;
  tags: JsonObject;
}

/** The texts of a record, or those that a new one begins with. */
export function draftOf(record: DatasetRecord | null): RecordDraft {
  if (!record) return { inputs: '{\n  "question": ""\n}', outputs: "", expectations: '{\n  "expected_response": ""\n}', tags: "{}" };
  const { inputs, outputs, expectations, tags } = partsOf(record);
  return { inputs: textOf(inputs), outputs: outputs === undefined ? "" : textOf(outputs), expectations: textOf(expectations), tags: textOf(tags) };
}

function textOf(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

export function partsOf(record: DatasetRecord): RecordParts {
  return {
    inputs: record.inputs as JsonObject,
    outputs: hasOutputs(record.outputs) ? record.outputs : undefined,
    expectations: expectationsOf(record),
    tags: ownRecordTags(record),
  };
}

/** The parts of a draft, or the mistake in each text that is not right. */
export function readDraft(draft: RecordDraft): { parts: RecordParts } | { mistakes: Partial<RecordDraft> } {
  const [inputs, expectations, tags] = [draft.inputs, draft.expectations, draft.tags].map(parseTypedObject);
  const outputs = draft.outputs.trim() ? parseTyped(draft.outputs) : { value: undefined };
  const mistakes: Partial<RecordDraft> = {};
  for (const [part, read] of Object.entries({ inputs, outputs, expectations, tags })) {
    if (read && "mistake" in read) mistakes[part as DraftPart] = read.mistake;
  }
  if (inputs && "value" in inputs && Object.keys(inputs.value).length === 0) mistakes.inputs = "A record needs at least one input";
  if (Object.keys(mistakes).length > 0) return { mistakes };
  const valueOf = <T>(read: { value: T } | { mistake: string } | undefined) => (read as { value: T }).value;
  return { parts: { inputs: valueOf(inputs), outputs: valueOf(outputs), expectations: valueOf(expectations), tags: valueOf(tags) } };
}

/**
 * How changed parts are stored. MLflow merges a record into the one with the same inputs, and a merge removes nothing. So changed
 * inputs, and fields that were removed, need a new record in place of the old one.
 */
export type RecordSave =
  | { kind: "nothing" }
  | { kind: "merge"; upsert: RecordUpsert }
  /** Other inputs: the new record is added, then the old one is deleted. */
  | { kind: "add, delete"; upsert: RecordUpsert }
  /** Fewer fields: the old record is deleted, then added again. */
  | { kind: "delete, add"; upsert: RecordUpsert };

export function saveOf(before: DatasetRecord | null, parts: RecordParts): RecordSave {
  const upsert = upsertOfParts(parts);
  if (!before) return { kind: "merge", upsert: { ...upsert, source: { source_type: "HUMAN", source_data: {} } } };
  const old = partsOf(before);
  const changed = DRAFT_PARTS.filter((part) => canonicalJson(old[part] ?? null) !== canonicalJson(parts[part] ?? null));
  if (changed.length === 0) return { kind: "nothing" };
  const inPlaceOf = () => ({ ...upsert, tags: { ...mlflowTags(before), ...parts.tags }, source: sourceOfRecord(before) });
  if (changed.includes("inputs")) return { kind: "add, delete", upsert: inPlaceOf() };
  if (lacksFields(old.expectations, parts.expectations) || lacksFields(old.tags, parts.tags)) return { kind: "delete, add", upsert: inPlaceOf() };
  // Removed outputs are stored as the empty ones of a record without any.
  const outputs = changed.includes("outputs") ? { outputs: parts.outputs === undefined ? {} : parts.outputs } : {};
  const { inputs, expectations, tags } = upsert;
  return { kind: "merge", upsert: { inputs, expectations, tags, ...outputs } };
}

function upsertOfParts({ inputs, outputs, expectations, tags }: RecordParts): RecordUpsert {
  return { inputs, expectations, tags, ...(outputs === undefined ? {} : { outputs }) };
}

function mlflowTags(record: DatasetRecord): JsonObject {
  return Object.fromEntries(Object.entries(record.tags as JsonObject).filter(([key]) => key.startsWith("mlflow.")));
}

function lacksFields(before: JsonObject, now: JsonObject): boolean {
  return Object.keys(before).some((key) => !(key in now));
}
