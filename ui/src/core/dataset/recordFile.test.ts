import fc from "fast-check";
import { expect, test } from "vitest";
import type { DatasetRecord } from "../types";
import { guessMapping, upsertOfRow } from "./columnMapping";
import { type FileRow, readRows } from "./fileRows";
import { importFile, NOTHING_IMPORTED, scanFile } from "./importFile";
import { type RecordUpsert, upsertOfRecord } from "./record";
import { csvOf, jsonLinesOf } from "./recordFile";
import { testRecord } from "./testRecords";

const anyKey = fc.oneof(fc.constantFrom("q", "a.b", "with, comma", 'quo"te', "line\nbreak"), fc.string({ minLength: 1, maxLength: 8 })).filter((key) => key !== "__proto__");
const anyObject = (options = {}) => fc.dictionary(anyKey, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4, ...options });
const anyRecord: fc.Arbitrary<DatasetRecord> = fc.record({ inputs: anyObject({ minKeys: 1 }), expectations: anyObject(), tags: anyObject(), outputs: fc.oneof(fc.constant(undefined), fc.string({ minLength: 1 }), anyObject({ minKeys: 1 })), source: anyObject() })
  .map(({ inputs, expectations, tags, outputs, source }) => testRecord("r", { inputs: inputs as never, expectations: expectations as never, tags: tags as never, outputs: plain(outputs), source_type: "DOCUMENT", source_data: source as never }));

const plain = <T>(value: T): T => (value === undefined ? value : JSON.parse(JSON.stringify(value)) as T);

async function imported(text: string, format: "jsonl" | "csv"): Promise<(RecordUpsert | { mistake: string })[]> {
  const rows: FileRow[] = [];
  for await (const batch of readRows(text, format)) {
    expect(batch.mistakes).toEqual([]);
    rows.push(...batch.rows);
  }
  const mapping = guessMapping([...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))]);
  return rows.map((row) => upsertOfRow(row, mapping));
}

test.each(["jsonl", "csv"] as const)("records exported as %s are imported as they were", async (format) => {
  await fc.assert(fc.asyncProperty(fc.array(anyRecord, { minLength: 1, maxLength: 6 }), async (records) => {
    const text = format === "csv" ? csvOf(records) : jsonLinesOf(records);
    expect(plain(await imported(text, format))).toEqual(plain(records.map(upsertOfRecord)));
  }));
});

test("an import that failed continues where it was, and counts every row once", async () => {
  const text = Array.from({ length: 1300 }, (_, at) => JSON.stringify(at === 3 ? { expectations: {} } : { inputs: { n: at } })).join("\n");
  const file = { name: "a.jsonl", text, format: "jsonl" } as const;
  const signal = new AbortController().signal;
  const scan = await scanFile(file, { signal, onProgress: () => undefined });
  expect([scan.rows, scan.columns, scan.first.length, scan.mistakes]).toEqual([1300, ["inputs", "expectations"], 5, []]);
  const mapping = guessMapping(scan.columns);
  const stored: number[] = [];
  let result = NOTHING_IMPORTED;
  let calls = 0;
  const store = async (records: RecordUpsert[]) => {
    calls += 1;
    if (calls === 2) throw new Error("too many writes are waiting");
    stored.push(...records.map(({ inputs }) => inputs.n as number));
    return { inserted: records.length, updated: 0 };
  };
  const options = { store, signal, onBatch: (after: typeof result) => { result = after; } };
  await expect(importFile(file, mapping, result, options)).rejects.toThrow("too many writes");
  expect(result.handled).toBe(500);
  result = await importFile(file, mapping, result, options);
  expect(result).toEqual({ handled: 1300, inserted: 1299, updated: 0, mistakes: [{ line: 4, message: "no inputs" }] });
  expect(stored).toEqual(Array.from({ length: 1300 }, (_, at) => at).filter((at) => at !== 3));
});
