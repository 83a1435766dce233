import { expect, test } from "vitest";
import { asCurl, asPython } from "./copyFilter";

test("a filter can be pasted into Python with its time range", () => {
  const text = asPython({ experiment: `my "agent"`, q: "a = 'x' OR b = \"y\"", from: 1, to: null }, "http://127.0.0.1:5000");
  expect(text).toContain(`filter_string="(a = 'x' OR b = \\"y\\") AND (timestamp >= 1)"`);
  expect(text).toContain(`mlflow.get_experiment_by_name("my \\"agent\\"").experiment_id`);
  expect(asPython({ experiment: "7", q: "", from: null, to: null }, "x")).toContain(`locations=["7"]`);
});

test("the URL is quoted for the shell", () => {
  expect(asCurl("http://h/?q=it's")).toBe(`curl 'http://h/?q=it'\\''s'`);
});
