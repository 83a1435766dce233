import { expect, test } from "vitest";
import { parseExact } from "../json/exactJson";
import type { DatasetRecord } from "../types";
import { cellText, columnId, recordColumns, showRecords } from "./recordTable";
import { testRecord } from "./testRecords";

const object = (value: unknown) => value as never;
const RECORDS = [
  testRecord("b", { inputs: object({ q: "banana", n: 2 }), expectations: object({ e: "yellow" }), update_time_ms: 3 }),
  testRecord("a", { inputs: object({ q: "apple" }), tags: object({ team: "fruit" }), update_time_ms: 5 }),
  testRecord("c", { inputs: object({ q: "cherry" }), expectations: object({}), outputs: "red", update_time_ms: 4 }),
];
const ids = (filter: Partial<Parameters<typeof showRecords>[1]>) => showRecords(RECORDS, { text: "", withoutExpectations: false, sort: "", ...filter }).map((it) => it.record_id);
const columns = (records: DatasetRecord[]) => recordColumns(records).map(columnId);

test("each field has a column, and a part with many has one", () => {
  expect(columns(RECORDS)).toEqual(["inputs.q", "inputs.n", "outputs", "expectations.e"]);
  expect(columns([testRecord("x", { inputs: object({ a: 1, b: 1, c: 1, d: 1, e: 1 }) })])).toEqual(["inputs", "expectations"]);
});

test("cells are texts, and absent values none", () => {
  const cells = RECORDS.map((record) => recordColumns(RECORDS).map((column) => cellText(record, column)));
  expect(cells).toEqual([["banana", "2", null, "yellow"], ["apple", null, null, null], ["cherry", null, "red", null]]);
});

test.runIf("rawJSON" in JSON)("an output that is a number with its own text has a column as other numbers have", () => {
  const record = testRecord("x", { outputs: parseExact("1.0") as never });
  expect(columns([record])).toEqual(["inputs.question", "outputs", "expectations"]);
  expect(recordColumns([record]).map((column) => cellText(record, column))).toEqual(["x", "1.0", null]);
});

test("records are found by any text in them, and those without expectations", () => {
  expect(ids({ text: "YELLOW" })).toEqual(["b"]);
  expect(ids({ text: "fruit" })).toEqual(["a"]);
  expect(ids({ withoutExpectations: true })).toEqual(["a", "c"]);
  expect(ids({ withoutExpectations: true, text: "cher" })).toEqual(["c"]);
});

test("records are sorted by a column, and keep their order without one", () => {
  expect(ids({})).toEqual(["b", "a", "c"]);
  expect(ids({ sort: "inputs.q" })).toEqual(["a", "b", "c"]);
  expect(ids({ sort: "-changed" })).toEqual(["a", "c", "b"]);
  expect(ids({ sort: "-inputs.n" })).toEqual(["b", "a", "c"]);
});
