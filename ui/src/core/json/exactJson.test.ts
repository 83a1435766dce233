import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, isJsonObject, parseExact } from "./exactJson";

test("any JSON is read as by JSON.parse and written back as the same value", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const text = JSON.stringify(value);
    expect(JSON.parse(JSON.stringify(parseExact(text)))).toEqual(JSON.parse(text));
  }));
});

test.runIf("rawJSON" in JSON)("numbers keep their text", () => {
  for (const text of ['{"t":1.0}', "[12345678901234567890]", "[1e5,-0,0.10]", '{"a":{"b":[2.50]},"text":"1.0"}']) expect(JSON.stringify(parseExact(text))).toBe(text);
});

test("the order of fields makes no difference to the canonical text", () => {
  const shuffled = (value: unknown): unknown => Array.isArray(value) ? value.map(shuffled)
    : isJsonObject(value) ? Object.fromEntries(Object.entries(value).reverse().map(([key, inner]) => [key, shuffled(inner)])) : value;
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
    expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
  }));
});

test("objects are told from lists and scalars", () => {
  expect([{}, { a: 1 }, [], null, "x", 1].map(isJsonObject)).toEqual([true, true, false, false, false, false]);
});
