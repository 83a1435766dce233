import { expect, test } from "vitest";
import { canonicalJson } from "../json/exactJson";
import { countKnown, expectationsOfTrace, recordsOfTraces, type TraceContent } from "./recordsOfTraces";
import { upsertBatches } from "./upsertBatches";

const trace = (traceId: string, changes: Partial<TraceContent> = {}): TraceContent =>
  ({ traceId, session: null, inputs: { q: traceId }, outputs: { answer: "a" }, answer: "a", expectations: {}, ...changes });

test("a trace becomes a record as MLflow's client makes it", () => {
  const { records } = recordsOfTraces([trace("tr-1", { session: "s-1", expectations: { e: 1 } })], null);
  expect(records).toEqual([{ inputs: { q: "tr-1" }, outputs: { answer: "a" }, expectations: { e: 1 }, source: { source_type: "TRACE", source_data: { trace_id: "tr-1", session_id: "s-1" } } }]);
});

test("the output becomes an expectation on demand, unless a person has said what is expected", () => {
  const { records } = recordsOfTraces([trace("tr-1"), trace("tr-2", { expectations: { expected_response: "b" } }), trace("tr-3", { answer: undefined })], "expected_response");
  expect(records.map(({ expectations }) => expectations)).toEqual([{ expected_response: "a" }, { expected_response: "b" }, {}]);
});

test("inputs that are no object get a field, and traces without inputs no record", () => {
  const made = recordsOfTraces([trace("tr-1", { inputs: "Why?" }), trace("tr-2", { inputs: null }), trace("tr-3", { inputs: {} }), trace("tr-4", { inputs: [1] })], null);
  expect(made.records.map(({ inputs }) => inputs)).toEqual([{ input: "Why?" }, { input: [1] }]);
  expect([made.wrapped, made.withoutInputs]).toEqual([2, ["tr-2", "tr-3"]]);
});

test("equal inputs are counted, among the traces and in the dataset", () => {
  const made = recordsOfTraces([trace("tr-1", { inputs: { a: 1, b: 2 } }), trace("tr-2", { inputs: { b: 2, a: 1 } }), trace("tr-3")], null);
  expect(made.repeated).toBe(1);
  expect(countKnown(made.records, new Set([canonicalJson({ a: 1, b: 2 }), canonicalJson({ x: 1 })]))).toBe(1);
});

test("the last expectation of a name counts", () => {
  const all = [{ kind: "expectation", name: "e", value: 1 }, { kind: "feedback", name: "f", value: true }, { kind: "expectation", name: "e", value: 2 }];
  expect(expectationsOfTrace(all)).toEqual({ e: 2 });
});

test("batches have all records in order, within their limits", () => {
  const records = Array.from({ length: 1203 }, (_, at) => ({ inputs: { n: at } }));
  expect(upsertBatches(records).map(({ length }) => length)).toEqual([500, 500, 203]);
  expect(upsertBatches(records).flat()).toEqual(records);
  const large = { inputs: { text: "x".repeat(1_500_000) } };
  expect(upsertBatches([large, large, { inputs: { n: 1 } }, { inputs: { text: "x".repeat(3_000_000) } }]).map(({ length }) => length)).toEqual([1, 2, 1]);
});
