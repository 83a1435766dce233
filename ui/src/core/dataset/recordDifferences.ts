// The differences between two versions of a dataset.
import { canonicalJson, isJsonObject } from "../json/exactJson";
import { sourceText } from "../textKind";
import type { DatasetRecord, RecordDifference } from "../types";
import { hasOutputs, ownRecordTags } from "./record";
import { valueText } from "./valueText";

/** The records of the later version, in their order: records that were added come last. */
export function applyDifferences(records: readonly DatasetRecord[], differences: readonly RecordDifference[]): DatasetRecord[] {
  const changed = new Map<string, DatasetRecord | null>();
  const added: DatasetRecord[] = [];
  for (const { change, before, after } of differences) {
    if (change === "added" && after) added.push(after);
    else if (before) changed.set(before.record_id, after ?? null);
  }
  const kept = records.flatMap((record) => {
    const now = changed.get(record.record_id);
    return now === undefined ? [record] : now === null ? [] : [now];
  });
  return [...kept, ...added];
}

/** A field that differs, as text; `null` where it is absent. */
export interface FieldChange {
  name: string;
  before: string | null;
  after: string | null;
}

/** The fields of a record that a difference shows: those that changed, or all of a record that was added or removed. */
export function fieldChanges({ before, after }: Pick<RecordDifference, "before" | "after">): FieldChange[] {
  const [old, now] = [fieldsOf(before ?? null), fieldsOf(after ?? null)];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.flatMap((name) => {
    const [was, is] = [old.get(name), now.get(name)];
    if (was !== undefined && is !== undefined && canonicalJson(was) === canonicalJson(is)) return [];
    return { name, before: was === undefined ? null : sourceText(was), after: is === undefined ? null : sourceText(is) };
  });
}

/** The fields of a record by name: `expectations.answer`. */
function fieldsOf(record: DatasetRecord | null): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  if (!record) return fields;
  const { inputs, outputs, expectations } = record;
  for (const [part, value] of Object.entries({ inputs, outputs, expectations, tags: ownRecordTags(record) })) {
    if (!hasOutputs(value)) continue;
    if (isJsonObject(value)) for (const [key, inner] of Object.entries(value)) fields.set(`${part}.${key}`, inner);
    else fields.set(part, value);
  }
  return fields;
}

/** The inputs of a record in one line, by which a person knows it. */
export function recordTitle({ inputs }: Pick<DatasetRecord, "inputs">): string {
  const values = Object.values(inputs as Record<string, unknown>);
  return values.length === 1 && typeof values[0] === "string" ? values[0] : valueText(inputs);
}
