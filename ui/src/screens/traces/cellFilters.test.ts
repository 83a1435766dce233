import { expect, test } from "vitest";
import type { TraceRow } from "../../core/types";
import { cellFilters } from "./cellFilters";

const ROW = {
  state: "OK", recovered: true, name: "ask", user: `a"'b`, session: null, duration_ms: 2440.6, cost: 0.002,
  error: { span_id: "1", span: "search", message: "TimeoutError: it's late" },
  values: { "inputs.customer.id": "c-7", "inputs.tier": 3, "outputs.`is ok`": true, "span.attributes.n": 4, "inputs.long": "x".repeat(301) },
  tags: { env: "prod", "my key": "x" }, metadata: {}, run_ids: ["r1", "r2"],
  assessments: [{ kind: "feedback", name: "is good", value: true }, { kind: "feedback", name: "odd", value: { a: 1 } }, { kind: "issue", name: "iss-1", value: "Late" }],
} as unknown as TraceRow;

const keeps = (column: string) => cellFilters(column, ROW).map((one) => one.keep);
const drops = (column: string) => cellFilters(column, ROW).map((one) => one.drop);

test("a cell has conditions to keep its value and to exclude it", () => {
  expect([keeps("name"), drops("name")]).toEqual([["name = 'ask'"], ["name != 'ask'"]]);
  expect([keeps("tag:my key"), drops("tag:env")]).toEqual([["tags.`my key` = 'x'"], ["NOT tags.env = 'prod'"]]);
  expect(keeps("output")).toEqual([`error = "TimeoutError: it's late"`]);
  expect([keeps("duration"), drops("duration")]).toEqual([["execution_time >= 2441"], ["execution_time < 2441"]]);
  expect(keeps("assessments")).toEqual(["feedback.`is good` = 'true'", "issue.id = 'iss-1'"]);
  expect(keeps("runs")).toEqual(["run_id = 'r1'", "run_id = 'r2'"]);
  expect(keeps("outcome")).toEqual(["status = 'OK'", "(span.status = 'ERROR')"]);
});

test("a value of a root span is filtered by what it is", () => {
  expect([keeps("value:inputs.customer.id"), drops("value:inputs.customer.id")]).toEqual([["inputs.customer.id = 'c-7'"], ["NOT inputs.customer.id = 'c-7'"]]);
  expect([keeps("value:inputs.tier"), drops("value:inputs.tier")]).toEqual([["inputs.tier >= 3"], ["inputs.tier < 3"]]);
  expect([keeps("value:outputs.`is ok`"), keeps("value:span.attributes.n")]).toEqual([["outputs.`is ok` = 'true'"], ["span.attributes.n = '4'"]]);
  expect([keeps("value:inputs.long"), keeps("value:inputs.absent")]).toEqual([[], []]);
});

test("a value with both kinds of quotes has a condition, a missing value none", () => {
  expect(keeps("user")).toEqual([`user = 'a"''b'`]);
  expect([keeps("session"), keeps("tag:absent"), keeps("shape")]).toEqual([[], [], []]);
});
