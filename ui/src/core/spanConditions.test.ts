import { expect, test } from "vitest";
import { asksOfSpans, slowerSpansClause } from "./spanConditions";

test("a filter with conditions on spans is told from one of traces", () => {
  expect(["span.name = 'a'", "status = 'OK' AND NOT (user = 'a' OR error CONTAINS 'x')", "\"refund\"", "trace.text ILIKE '%a%'", "inputs.id = '1'"].map(asksOfSpans)).toEqual([true, true, true, true, true]);
  expect(["", "status = 'OK' AND NOT tags.span = 'span.x'", "metadata.error = 'x' OR duration > 5s", "version IN ('text', 'error')"].map(asksOfSpans)).toEqual([false, false, false, false]);
});

test("a duration is rounded down to the microsecond", () => {
  expect(slowerSpansClause(12.3456)).toBe("span.duration >= 12.345");
});
