import fc from "fast-check";
import { expect, test } from "vitest";
import type { DatasetRecord, RecordDifference } from "../types";
import { applyDifferences, fieldChanges, recordTitle } from "./recordDifferences";
import { testRecord } from "./testRecords";

/** Versions as the server makes them: records keep their places, new ones come last. */
function differencesOf(base: DatasetRecord[], version: DatasetRecord[]): RecordDifference[] {
  const after = new Map(version.map((record) => [record.record_id, record]));
  const before = new Set(base.map(({ record_id }) => record_id));
  const old = base.flatMap((record): RecordDifference[] => {
    const now = after.get(record.record_id);
    if (!now) return [{ change: "removed", before: record, after: null }];
    return now === record ? [] : [{ change: "changed", before: record, after: now }];
  });
  return [...old, ...version.filter(({ record_id }) => !before.has(record_id)).map((record) => ({ change: "added" as const, before: null, after: record }))];
}

test("the differences of two versions lead from one to the other", () => {
  const fates = fc.array(fc.constantFrom("keep", "change", "remove"), { maxLength: 30 });
  fc.assert(fc.property(fates, fc.nat(5), (fate, added) => {
    const base = fate.map((_, at) => testRecord(`r${at}`));
    const kept = base.flatMap((record, at) => fate[at] === "remove" ? [] : fate[at] === "change" ? [{ ...record, update_time_ms: 9 }] : [record]);
    const version = [...kept, ...Array.from({ length: added }, (_, at) => testRecord(`n${at}`))];
    expect(applyDifferences(base, differencesOf(base, version))).toEqual(version);
  }));
});

test("the fields of a change are those that differ", () => {
  const before = testRecord("r", { expectations: { a: "one", b: [1], c: 1 } as never, outputs: "old" });
  const after = testRecord("r", { expectations: { a: "two", b: [1], d: { x: 1 } } as never });
  expect(fieldChanges({ before, after })).toEqual([
    { name: "outputs", before: "old", after: null },
    { name: "expectations.a", before: "one", after: "two" },
    { name: "expectations.c", before: "1", after: null },
    { name: "expectations.d", before: null, after: '{\n  "x": 1\n}' },
  ]);
});

test("an added record shows all of its fields", () => {
  expect(fieldChanges({ before: null, after: testRecord("r", { tags: { "mlflow.user": "ann", k: "v" } as never }) })).toEqual([
    { name: "inputs.question", before: null, after: "r" }, { name: "tags.k", before: null, after: "v" },
  ]);
});

test("a record is known by its only input, or by all", () => {
  expect(recordTitle({ inputs: { q: "Why?" } as never })).toBe("Why?");
  expect(recordTitle({ inputs: { a: 1, b: "x" } as never })).toBe('{"a":1,"b":"x"}');
});
