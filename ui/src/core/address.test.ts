import { expect, test } from "vitest";
import { parseSearch, stringifySearch } from "./address";

test("parameters are written as they were read", () => {
  for (const text of ["", "?q=status+%3D+%27ERROR%27&t=tr-1", "?trace_id=tr-1&trace_id=tr-2&version=3"]) {
    expect(stringifySearch(parseSearch(text))).toBe(text);
  }
});

test("repeated trace ids of a notebook are all read, in order", () => {
  expect(parseSearch("?trace_id=tr-2&experiment_id=1&trace_id=tr-1").trace_id).toBe("tr-2,tr-1");
});

test("numbers and JSON stay text", () => {
  expect(parseSearch('?a=1&b={"c":2}&d')).toEqual({ a: "1", b: '{"c":2}', d: "" });
});

test("parameters without a value are left out", () => {
  expect(stringifySearch({ a: undefined, b: null, c: "x" })).toBe("?c=x");
});
