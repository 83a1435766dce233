import { expect, it } from "vitest";
import type { FilterField } from "../types";
import { forgive, repairsOf } from "./forgive";

const field = (name: string, kind = "text"): FilterField => ({
  field: name, kind, group: "trace", comparators: [], traces: null, help: "", group_by: null, sortable: false, listed: false, column: false, example: null, mlflow: false,
});
const FIELDS = [field("status", "choice"), field("user"), field("version"), field("name"), field("error"), field("duration", "number"), field("feedback.score", "number")];

it.each([
  ["status=error", "status = 'ERROR'"],
  ["STATUS = ok", "status = 'OK'"],
  ["user:u-1", "user = 'u-1'"],
  ["version=2.0", "version = '2.0'"],
  ["duration>5s", "duration > 5s"],
  ["feedback.score > 3", "feedback.score > 3"],
  ["tags.env=prod", "tags.env = 'prod'"],
  ["timed out", "'timed out'"],
  ["it's late", '"it\'s late"'],
  ["timeout status=error", "'timeout' AND status = 'ERROR'"],
  ["status=error user:bob duration>2s", "status = 'ERROR' AND user = 'bob' AND duration > 2s"],
  ["error contains timed out and user:bob", "error CONTAINS 'timed out' AND user = 'bob'"],
  ["name = my agent or user == 'x'", "name = 'my agent' OR user = 'x'"],
  ["ValueError: bad input", "'ValueError: bad input'"],
  ["a ' b \" c", "'a '' b \" c'"],
  ["name = it's 5\" wide", "name = 'it''s 5\" wide'"],
  ["https://example.com/a?b=c", "'https://example.com/a?b=c'"],
])("%s is understood as %s", (text, filter) => {
  expect(forgive(text, FIELDS) ?? text).toBe(filter);
});

it.each(["colour = 'red'", "status =", "AND status = 'OK'", "(status = error"])("%s is not guessed at", (text) => {
  expect(forgive(text, FIELDS)).toBeNull();
});

it("offers probable repairs", () => {
  expect(repairsOf("statsu = 'OK'", { from: 0, to: 6 }, "Did you mean `status`?", "Invalid attribute key").map((it) => it.text)).toEqual(["status = 'OK'", "\"statsu = 'OK'\""]);
  expect(repairsOf("status = OK", { from: 9, to: 11 }, "Put it in quotes: 'OK'", "")[0]).toEqual({ label: "Write 'OK'", text: "status = 'OK'" });
});
