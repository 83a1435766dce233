import { expect, test } from "vitest";
import { joinFilters } from "./joinFilters";

test("filters are joined by AND, and empty ones are left out", () => {
  expect(joinFilters("", undefined, " status = 'ERROR' ")).toBe("status = 'ERROR'");
  expect(joinFilters("status = 'ERROR'", "version = 'v2'")).toBe("status = 'ERROR' AND version = 'v2'");
  expect(joinFilters("status = 'ERROR'", "status = 'ERROR'")).toBe("status = 'ERROR'");
});

test("an OR keeps to itself, but the word in a text is none", () => {
  expect(joinFilters("a = 1 or b = 2", "c = 3")).toBe("(a = 1 or b = 2) AND c = 3");
  expect(joinFilters("(a = 1 OR b = 2)", "c = 3")).toBe("(a = 1 OR b = 2) AND c = 3");
  expect(joinFilters("(a = 1) OR (b = 2)", "c = 3")).toBe("((a = 1) OR (b = 2)) AND c = 3");
  expect(joinFilters("name = 'this or that'", "c = 3")).toBe("name = 'this or that' AND c = 3");
});

test("two filters about spans do not become one about the same span", () => {
  expect(joinFilters("span.name = 'a'", "span.model = 'b'")).toBe("(span.name = 'a') AND (span.model = 'b')");
  expect(joinFilters("span.name = 'a'", "status = 'OK'")).toBe("span.name = 'a' AND status = 'OK'");
});
