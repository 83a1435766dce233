import { describe, expect, test } from "vitest";
import type { FilterField } from "../types";
import { accept, choices, expectedAt, typedValue, valueText } from "./complete";

const field = (name: string, kind: FilterField["kind"] = "text", traces: number | null = null): FilterField => ({
  field: name, kind, group: "trace", comparators: kind === "number" ? ["=", ">", "<"] : ["=", "!=", "LIKE", "IN", "IS NULL", "IS NOT NULL"], traces, help: `help of ${name}`,
  group_by: null, sortable: false, listed: false, column: false, example: null, mlflow: true,
});
const FIELDS = [field("status", "choice"), field("span.type"), field("span.status"), field("tags.env", "text", 288), field("cost", "number")];

/** Completes a text in which `|` marks the caret. */
function at(text: string) {
  const caret = text.indexOf("|");
  return expectedAt(text.replace("|", ""), caret);
}

function put(text: string, chosen: string): string {
  const result = accept(text.replace("|", ""), at(text), chosen);
  return `${result.text.slice(0, result.caret)}|${result.text.slice(result.caret)}`;
}

describe("expectation at the caret", () => {
  test.each([
    ["|", "field", ""], ["sta|", "field", "sta"], ["NOT (sp|", "field", "sp"],
    ["status |", "comparator", ""], ["status !|", "comparator", "!"], ["status LI|", "comparator", "LI"], ["status NOT |", "comparator", ""],
    ["status = |", "value", ""], ["status = 'ER|", "value", "'ER"], ["status = 'E|R' AND", "value", "'E"], ["status IN ('a', 'b|", "value", "'b"],
    ["status = 'OK' |", "joiner", ""], ["status = 'OK' an|", "joiner", "an"], ["status = 'OK' AND |", "field", ""], ["tags.env IS NULL |", "joiner", ""],
    ["\"full text\" |", "joiner", ""], ["st| = 'OK'", "field", "st"],
  ])("%s", (text, what, typed) => {
    expect(at(text)).toMatchObject({ what, typed });
  });
  test("a value has its field and comparator", () => {
    expect(at("a = 'x' AND tags.`my key` LIKE '%|")).toMatchObject({ field: "tags.`my key`", comparator: "LIKE" });
    expect(at("name NOT IN ('a', |")).toMatchObject({ field: "name", comparator: "NOT IN", list: true });
  });
});

test("fields that begin with the text come first, then fields with a part that does", () => {
  expect(choices(at("sta|"), FIELDS).map((one) => one.text)).toEqual(["status", "span.status"]);
  expect(choices(at("env|"), FIELDS)).toEqual([{ text: "tags.env", note: "288 traces", group: "trace" }]);
});

test("a field's own comparators are offered", () => {
  expect(choices(at("cost |"), FIELDS).map((one) => one.text)).toEqual(["=", ">", "<"]);
  expect(choices(at("tags.env IS N|"), FIELDS).map((one) => one.text)).toEqual(["NULL", "NOT NULL"]);
});

test("a choice moves the caret to the start of the next word", () => {
  expect(put("sta|", "status")).toBe("status |");
  expect(put("status|", "status")).toBe("status |");
  expect(put("status =|", "'OK'")).toBe("status = 'OK' |");
  expect(put("status = 'E| AND name = 'x'", "'ERROR'")).toBe("status = 'ERROR' |AND name = 'x'");
  expect(put("st| = 'OK'", "status")).toBe("status |= 'OK'");
  expect(put("name IN |", "'a'")).toBe("name IN ('a'|");
  expect(put("name IN ('a', |", "'b'")).toBe("name IN ('a', 'b'|");
});

test("numbers are written without quotes, texts with quotes", () => {
  expect(valueText("0.5", at("cost > |"), FIELDS[4])).toBe("0.5");
  expect(valueText("0.5", at("tags.env = |"), FIELDS[3])).toBe("'0.5'");
  expect(valueText("it's", at("tags.env = |"), FIELDS[3])).toBe('"it\'s"');
  expect(typedValue("'RE")).toBe("RE");
});
