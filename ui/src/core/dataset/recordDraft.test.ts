import { expect, test } from "vitest";
import { draftOf, partsOf, readDraft, saveOf } from "./recordDraft";
import { testRecord } from "./testRecords";

const RECORD = testRecord("r-1", {
  inputs: { question: "Why?" } as never, expectations: { answer: "Because", source: "book" } as never, tags: { "mlflow.user": "ann", team: "x" } as never,
  source_type: "TRACE", source_data: { trace_id: "tr-1", span_id: "s-1" } as never, source_trace_id: "tr-1",
});

test("the texts of a record are read as its parts", () => {
  expect(readDraft(draftOf(RECORD))).toEqual({ parts: partsOf(RECORD) });
  expect(draftOf(RECORD).tags).not.toContain("mlflow.user");
});

test("every mistake is told at its part", () => {
  const read = readDraft({ inputs: "{}", outputs: "{", expectations: "[]", tags: '{"a": 1,}' });
  expect(Object.keys("mistakes" in read ? read.mistakes : {})).toEqual(["outputs", "expectations", "tags", "inputs"]);
});

const saved = (changes: Partial<ReturnType<typeof partsOf>>) => saveOf(RECORD, { ...partsOf(RECORD), ...changes });

test("nothing is saved if nothing changed, in whatever order the fields are", () => {
  expect(saved({}).kind).toBe("nothing");
  expect(saved({ expectations: { source: "book", answer: "Because" } }).kind).toBe("nothing");
});

test("other and further fields are merged into the record", () => {
  expect(saved({ expectations: { answer: "So", source: "book", more: 1 } })).toMatchObject({ kind: "merge", upsert: { inputs: { question: "Why?" }, expectations: { answer: "So", more: 1 } } });
  expect(saved({ outputs: "said" })).toMatchObject({ kind: "merge", upsert: { outputs: "said" } });
  expect(saved({ tags: { team: "y" } })).toMatchObject({ kind: "merge", upsert: { tags: { team: "y" } } });
});

test("other inputs make a new record of the same source and user", () => {
  expect(saved({ inputs: { question: "How?" } })).toEqual({
    kind: "add, delete",
    upsert: {
      inputs: { question: "How?" }, expectations: { answer: "Because", source: "book" }, tags: { "mlflow.user": "ann", team: "x" },
      source: { source_type: "TRACE", source_data: { trace_id: "tr-1", span_id: "s-1" } },
    },
  });
});

test("a merge removes nothing, so a record with fewer fields is added again", () => {
  expect(saved({ expectations: { answer: "Because" } }).kind).toBe("delete, add");
  expect(saved({ tags: {} })).toMatchObject({ kind: "delete, add", upsert: { tags: { "mlflow.user": "ann" } } });
});

test("removed outputs are stored as none", () => {
  const before = testRecord("r", { outputs: "said" });
  expect(saveOf(before, { ...partsOf(before), outputs: undefined })).toMatchObject({ kind: "merge", upsert: { outputs: {} } });
});

test("a new record is a person's", () => {
  expect(saveOf(null, partsOf(RECORD))).toMatchObject({ kind: "merge", upsert: { source: { source_type: "HUMAN" } } });
});
