import { expect, test } from "vitest";
import { definitionOfForm, formOf, formProblems, freeName } from "./checkForm";
import { type CheckField, type CheckType, definitionOf, editorOf, fieldLabel, type FieldType, placeholderOf } from "./checkType";

function field(name: string, type: FieldType, initial: string | null = null): CheckField {
  return { name, type, default: initial, description: "" };
}

function checkType(...fields: CheckField[]): CheckType {
  return { name: "example", title: "Example", description: "", fields, example: "{}" };
}

const ALL = checkType(
  field("pattern", "pattern"),
  field("field", "text_field", '"response"'),
  field("texts", "texts"),
  field("max", "count", "null"),
  field("threshold", "share", "0.9"),
  field("ignore_case", "boolean", "false"),
  field("require", { choice: ["any", "all"] }, '"any"'),
  field("kinds", { choices: ["email", "phone"] }, "null"),
  field("classes", "error_classes", "[]"),
  field("schema", "json_schema", "true"),
);

test("a new form has the defaults, which are not stored", () => {
  const form = formOf(ALL);
  expect(form).toEqual({
    pattern: "", field: "response", texts: [""], max: "", threshold: "0.9", ignore_case: false, require: "any", kinds: ["email", "phone"], classes: [], schema: "true",
  });
  expect(definitionOfForm(ALL, form)).toEqual({ type: "example" });
});

test("a definition comes out of its form as it was", () => {
  const definition = {
    type: "example", pattern: "a|b", field: "outputs.answer", texts: ["two\nlines", " spaces "], max: 0, threshold: 0.5, ignore_case: true, require: "all",
    kinds: ["phone"], classes: [{ name: "timeout", pattern: "timed out" }], schema: { type: "object", maximum: 1 },
  };
  expect(definitionOfForm(ALL, formOf(ALL, definition))).toEqual(definition);
});

test("fields that the server does not describe are kept", () => {
  const type = checkType(field("max", "count", "null"));
  expect(definitionOfForm(type, { max: "3" }, { type: "example", max: 2, later: true })).toEqual({ type: "example", later: true, max: 3 });
});

test("empty lines of lists are left out", () => {
  const type = checkType(field("texts", "texts"), field("classes", "error_classes", "[]"));
  expect(definitionOfForm(type, { texts: ["a", ""], classes: [{ name: "", pattern: "" }] })).toEqual({ type: "example", texts: ["a"] });
});

test("mistakes are found by field", () => {
  expect(Object.keys(formProblems(ALL, formOf(ALL)))).toEqual(["pattern", "texts"]);
  const wrong = { ...formOf(ALL), pattern: "a", texts: ["b"], max: "1.5", threshold: "2", kinds: [], classes: [{ name: "a", pattern: "" }], schema: "{" };
  expect(Object.keys(formProblems(ALL, wrong))).toEqual(["max", "threshold", "kinds", "classes", "schema"]);
  const right = { ...formOf(ALL), pattern: "a", texts: ["b"], max: " 3 ", threshold: "", schema: "" };
  expect(formProblems(ALL, right)).toEqual({});
  expect(definitionOfForm(ALL, right)).toEqual({ type: "example", pattern: "a", texts: ["b"], max: 3 });
});

test("a negative amount and a text are no numbers", () => {
  const type = checkType(field("max", "amount", "null"));
  expect(["-1", "x", "Infinity"].map((max) => Object.keys(formProblems(type, { max })))).toEqual([["max"], ["max"], ["max"]]);
  expect(["0", "0.05", ""].map((max) => Object.keys(formProblems(type, { max })))).toEqual([[], [], []]);
});

test("types of fields that are not known are edited as JSON", () => {
  expect([field("a", "later"), field("a", { range: [] } as never), field("a", "constructor")].map(editorOf)).toEqual(["json", "json", "json"]);
});

test("only checks have a definition", () => {
  expect([null, {}, { type: 1 }, "text"].map(definitionOf)).toEqual([null, null, null, null]);
  expect(definitionOf({ type: "pii", max: 0 })).toEqual({ type: "pii", max: 0 });
});

test("labels and names", () => {
  expect(fieldLabel(field("ignore_case", "boolean"))).toBe("Ignore case");
  expect(freeName("pii", new Set())).toBe("pii");
  expect(freeName("pii", new Set(["pii", "pii_2"]))).toBe("pii_3");
});

test("examples for empty fields", () => {
  const type = { ...checkType(), example: '{"type": "example", "max": 0, "texts": ["one", "two"], "ignore_case": true}' };
  const examples = ["max", "texts", "ignore_case", "other"].map((name) => placeholderOf(type, field(name, "text")));
  expect(examples).toEqual(["0", "one", undefined, undefined]);
  expect(placeholderOf({ ...type, example: "no JSON" }, field("max", "count"))).toBeUndefined();
});
