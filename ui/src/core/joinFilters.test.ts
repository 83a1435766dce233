import { expect, test } from "vitest";
import { joinFilters } from "./joinFilters";

test("filters are joined by AND, and empty ones are left out", () => {
  expect(joinFilters("", undefined, " status = 'ERROR' ")).toBe("status = 'ERROR'");
  expect(joinFilters("status = 'ERROR'", "version = 'v2'")).toBe("status = 'ERROR' AND version = 'v2'");
  expect(joinFilters("status = 'ERROR'", "status = 'ERROR'")).toBe("status = 'ERROR'");
});

test("a filter with OR gets parentheses, but not if `OR` is only in a quoted text", () => {
  expect(joinFilters("a = 1 or b = 2", "c = 3")).toBe("(a = 1 or b = 2) AND c = 3");
  expect(joinFilters("(a = 1 OR b = 2)", "c = 3")).toBe("(a = 1 OR b = 2) AND c = 3");
  expect(joinFilters("(a = 1) OR (b = 2)", "c = 3")).toBe("((a = 1) OR (b = 2)) AND c = 3");
  expect(joinFilters("name = 'this or that'", "c = 3")).toBe("name = 'this or that' AND c = 3");
});

test("span clauses of two filters do not merge into clauses about the same span", () => {
  expect(joinFilters("span.name = 'a'", "span.model = 'b'")).toBe("(span.name = 'a') AND (span.model = 'b')");
  expect(joinFilters("span.name = 'a'", "status = 'OK'")).toBe("span.name = 'a' AND status = 'OK'");
});
