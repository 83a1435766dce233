import { expect, test } from "vitest";
import { asMlflow, unknownToMlflow } from "./mlflow";
import { parse } from "./parse";
import type { FilterField } from "../types";

const field = (name: string, mlflow: boolean): FilterField => ({
  field: name, kind: "text", group: "trace", comparators: [], traces: null, help: "", group_by: null, sortable: false, listed: false, column: false, example: null, mlflow,
});
const UNKNOWN = unknownToMlflow([field("status", true), field("session", false), field("duration", false), field("cost", false)]);

test.each([
  ["status = 'ERROR' AND session = 's-1'", "status = 'ERROR' AND metadata.`mlflow.trace.session` = 's-1'", false],
  ["duration > 5s", "execution_time > 5000", false],
  ["NOT tags.env = 'prod' AND (name = 'a' AND user = 'b')", "tags.env != 'prod' AND name = 'a' AND metadata.`mlflow.trace.user` = 'b'", false],
  ["\"refund\"", "trace.text ILIKE '%refund%'", false],
  ["name = 'a' AND (status = 'OK' OR cost > 1)", "name = 'a'", true],
])("%s is, in MLflow's words, %s", (own, text, dropped) => {
  expect(asMlflow(parse(own), UNKNOWN)).toEqual({ text, dropped });
});

test("a filter without supported clauses, or an invalid one, has no equivalent", () => {
  expect(asMlflow(parse("cost > 1"), UNKNOWN)).toBeNull();
  expect(asMlflow(parse("cost >"), UNKNOWN)).toBeNull();
});
