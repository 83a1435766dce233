import { expect, test } from "vitest";
import { linkedPrompts } from "./linkedPrompts";

const TAG = '[{"name": "qa", "version": "1"}, {"name": "a}]b", "version": 2}]';

test("the versions are read, numbers or texts", () => {
  expect(linkedPrompts(TAG)).toEqual([{ name: "qa", version: "1" }, { name: "a}]b", version: "2" }]);
});

test("a parsed list is read, too", () => {
  expect(linkedPrompts(JSON.parse(TAG))).toEqual(linkedPrompts(TAG));
});

test("of a truncated tag the complete entries are read", () => {
  expect(linkedPrompts(TAG.slice(0, 36))).toEqual([{ name: "qa", version: "1" }]);
  expect(linkedPrompts(TAG.slice(0, 12))).toEqual([]);
});

test("anything else has no versions", () => {
  for (const tag of [null, undefined, 7, {}, "", "x", "{}", "[1, null]", '[{"name": "", "version": "1"}, {"name": "qa", "version": "@production"}, {"version": "1"}]']) {
    expect(linkedPrompts(tag)).toEqual([]);
  }
});
