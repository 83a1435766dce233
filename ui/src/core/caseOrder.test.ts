import fc from "fast-check";
import { expect, test } from "vitest";
import { caseOrder, caseOrders } from "./caseOrder";

test("an order in the address becomes one of the server; an unknown one is failures first", () => {
  expect(caseOrder("")).toEqual({ order: "failures", sortScorer: null });
  expect(caseOrder("-duration")).toEqual({ order: "duration DESC", sortScorer: null });
  expect(caseOrder("time")).toEqual({ order: "time ASC", sortScorer: null });
  expect(caseOrder("; drop table")).toEqual({ order: "failures", sortScorer: null });
});

test("a scorer of any name can be sorted by in both directions", () => {
  fc.assert(fc.property(fc.string({ minLength: 1 }), (name) => {
    expect(caseOrder(`s:${name}`)).toEqual({ order: "scorer ASC", sortScorer: name });
    expect(caseOrder(`-s:${name}`)).toEqual({ order: "scorer DESC", sortScorer: name });
    expect(caseOrders([name]).filter(({ sort }) => caseOrder(sort).sortScorer === name)).toHaveLength(1);
  }));
});
