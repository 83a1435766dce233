import { expect, test } from "vitest";
import { parseSort, sortRows } from "./sortRows";

const rows = [{ name: "v10", cost: 2 }, { name: "v2", cost: null }, { name: "V1", cost: 5 }, { name: "v3", cost: 2 }];
const names = (sorted: typeof rows) => sorted.map(({ name }) => name);

test("numbers sort in both directions, and rows without one come last", () => {
  expect(names(sortRows(rows, ({ cost }) => cost, true))).toEqual(["V1", "v10", "v3", "v2"]);
  expect(names(sortRows(rows, ({ cost }) => cost, false))).toEqual(["v10", "v3", "V1", "v2"]);
});

test("texts are sorted without regard to case, and numbers in them by value", () => {
  expect(names(sortRows(rows, ({ name }) => name, false))).toEqual(["V1", "v2", "v3", "v10"]);
});

test("a minus sorts in descending order", () => {
  expect([parseSort("-p95"), parseSort("name")]).toEqual([{ column: "p95", descending: true }, { column: "name", descending: false }]);
});
