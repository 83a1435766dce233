import { expect, test } from "vitest";
import { safeHref, shorten, visible } from "./text";

test("control characters and direction marks are made visible", () => {
  expect(visible("\u001b[31mred\u001b[0m \u0000 \u202egnp.exe\n\tok")).toBe("red \\x00 \\u202egnp.exe\n\tok");
  expect(visible("\u001b]0;title\u0007after")).toBe("after");
});

test("only URLs with a safe scheme become links", () => {
  expect(safeHref("https://example.com/a?b")).toBe("https://example.com/a?b");
  expect(safeHref("mailto:a@example.com")).toBe("mailto:a@example.com");
  for (const bad of ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,x", "/relative", "vbscript:x"]) {
    expect(safeHref(bad)).toBeNull();
  }
});

test("truncation never splits a character", () => {
  expect(shorten("abcdef", 4)).toBe("abc…");
  expect(shorten("ab😀cd", 4)).toBe("ab…");
});
