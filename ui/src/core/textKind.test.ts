import fc from "fast-check";
import { expect, it } from "vitest";
import { splitAtMatches, jsonIn, looksLikeMarkdown } from "./textKind";

it("detects Markdown", () => {
  for (const text of ["# Title", "a **b** c", "- one\n- two", "```py\nx\n```", "see [this](https://x.y)", "|a|b|\n|-|-|\n|1|2|"]) expect(looksLikeMarkdown(text), text).toBe(true);
  for (const text of ["plain words", "a * b * c", "#channel", "1) once", "snake_case_name"]) expect(looksLikeMarkdown(text), text).toBe(false);
  expect(looksLikeMarkdown(`# ${"x".repeat(300_000)}`)).toBe(false);
});

it("detects JSON objects and lists in a text, but not bare words", () => {
  expect(jsonIn(' {"a": 1}')).toEqual({ a: 1 });
  for (const text of ["12", "true", "{not json", ""]) expect(jsonIn(text)).toBe(undefined);
});

it("loses no characters when a text is split at matches", () => {
  fc.assert(fc.property(fc.string(), fc.string({ maxLength: 2 }), (text, wanted) => {
    expect(splitAtMatches(text, wanted).map((piece) => piece.text).join("")).toBe(text);
  }));
  expect(splitAtMatches("aXbxc", "x")).toEqual([{ text: "a", hit: false }, { text: "X", hit: true }, { text: "b", hit: false }, { text: "x", hit: true }, { text: "c", hit: false }]);
});
