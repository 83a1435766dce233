import { expect, test } from "vitest";
import { guessMapping, targetName, upsertOfRow } from "./columnMapping";

const guessed = (columns: string[]) => Object.fromEntries(Object.entries(guessMapping(columns)).map(([column, target]) => [column, targetName(target)]));

test("columns are mapped by their names", () => {
  expect(guessed(["inputs.question", "expectations.a.b", "tags", "outputs", "source", "comment"])).toEqual({
    "inputs.question": "inputs.question", "expectations.a.b": "expectations.a.b", tags: "tags", outputs: "outputs", source: "source", comment: "",
  });
});

test("without a column of inputs, all are inputs but those of expected values", () => {
  expect(guessed(["question", "expected_answer", "ground truth", "tags.team"])).toEqual({
    question: "inputs.question", expected_answer: "expectations.expected_answer", "ground truth": "expectations.ground truth", "tags.team": "tags.team",
  });
});

test("a row becomes a record", () => {
  const mapping = guessMapping(["inputs", "inputs.n", "expectations.e", "outputs", "tags.k", "source", "other"]);
  const cells = { inputs: { q: "a" }, "inputs.n": 1, "expectations.e": "x", outputs: "said", "tags.k": "v", source: { source_type: "TRACE", source_data: { trace_id: "tr-1" } }, other: "lost" };
  expect(upsertOfRow({ line: 1, cells }, mapping)).toEqual({
    inputs: { q: "a", n: 1 }, expectations: { e: "x" }, tags: { k: "v" }, outputs: "said", source: { source_type: "TRACE", source_data: { trace_id: "tr-1" } },
  });
});

test("the source is inferred as by MLflow's client", () => {
  const mapping = guessMapping(["inputs.q", "expectations.e"]);
  expect(upsertOfRow({ line: 1, cells: { "inputs.q": "a", "expectations.e": 1 } }, mapping)).toMatchObject({ source: { source_type: "HUMAN" } });
  expect(upsertOfRow({ line: 1, cells: { "inputs.q": "a" } }, mapping)).toMatchObject({ source: { source_type: "CODE" } });
});

test.each([
  [{ "expectations.e": 1 }, "no inputs"],
  [{ inputs: "text" }, "`inputs` must be a JSON object"],
  [{ inputs: { q: 1 }, source: "me" }, '`source` is no source, such as {"source_type": "HUMAN", "source_data": {}}'],
])("%j has no record: %s", (cells, mistake) => {
  expect(upsertOfRow({ line: 1, cells }, guessMapping(Object.keys({ inputs: 0, ...cells })))).toEqual({ mistake });
});
