import { expect, test } from "vitest";
import { mistakeAt, parseTyped, parseTypedObject } from "./parseTyped";

test("an object is read, and empty text is one without fields", () => {
  expect(parseTypedObject('{"question": "Why?", "n": 3}')).toEqual({ value: { question: "Why?", n: 3 } });
  expect(parseTypedObject(" \n")).toEqual({ value: {} });
});

test.each([
  ['{"a": 1,}', 'unexpected "}" at line 1, column 9'],
  ['{\n  "a": 1\n  "b": 2\n}', 'unexpected "\\"" at line 3, column 3'],
  ['{"a": ', "it ends too early at line 1, column 7"],
  ["{'a': 1}", `unexpected "'" at line 1, column 2`],
  ['{"a": nope}', 'unexpected "n" at line 1, column 7'],
])("the mistake in %s is named with its position", (text, mistake) => {
  expect(mistakeAt(text)).toBe(mistake);
  expect(parseTypedObject(text)).toEqual({ mistake: `This is not JSON: ${mistake}` });
});

test("a control character in a string is a mistake, too", () => {
  expect(parseTyped('{"a": "line\nbreak"}')).toHaveProperty("mistake");
});

test.each(["[1]", "3", "null", '"text"'])("%s is JSON, but no object", (text) => {
  expect(parseTyped(text)).toHaveProperty("value");
  expect(parseTypedObject(text)).toHaveProperty("mistake");
});
