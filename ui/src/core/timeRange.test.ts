import { describe, expect, test } from "vitest";
import { ALL, momentOf, rangeLabel, rangeOf, shiftRange, textOf, widenRange, written } from "./timeRange";

const NOW = Date.UTC(2026, 10, 21, 16, 45, 30, 250);
const utc = { utc: true };

describe("a moment", () => {
  test("may be relative to now", () => {
    expect(momentOf("now", NOW)).toBe(NOW);
    expect(momentOf("now-3h", NOW)).toBe(NOW - 3 * 3_600_000);
    expect(momentOf(" NOW - 2 w", NOW)).toBe(NOW - 14 * 86_400_000);
    expect(momentOf("-15m", NOW)).toBe(NOW - 15 * 60_000);
  });
  test("may be the start of an hour, day or week", () => {
    expect(momentOf("now/h", NOW, utc)).toBe(Date.UTC(2026, 10, 21, 16));
    expect(momentOf("now/d", NOW, utc)).toBe(Date.UTC(2026, 10, 21));
    expect(momentOf("now-1d/d", NOW, utc)).toBe(Date.UTC(2026, 10, 20));
    expect(momentOf("now/w", NOW, utc)).toBe(Date.UTC(2026, 10, 16));
  });
  test("may be a date, with or without a zone", () => {
    expect(momentOf("2026-11-20", NOW, utc)).toBe(Date.UTC(2026, 10, 20));
    expect(momentOf("2026-11-20", NOW, { utc: true, end: true })).toBe(Date.UTC(2026, 10, 20, 23, 59, 59, 999));
    expect(momentOf("2026-11-20 14:05", NOW, utc)).toBe(Date.UTC(2026, 10, 20, 14, 5));
    expect(momentOf("2026-11-20T14:05:06.7Z", NOW)).toBe(Date.UTC(2026, 10, 20, 14, 5, 6, 700));
    expect(momentOf("2026-11-20T14:05+09:00", NOW)).toBe(Date.UTC(2026, 10, 20, 5, 5));
    expect(momentOf("2026-11-20 14:05", NOW)).toBe(new Date(2026, 10, 20, 14, 5).getTime());
  });
  test("may be milliseconds", () => {
    expect(momentOf("1764000000000", NOW)).toBe(1764000000000);
  });
  test.each(["", "soon", "now-3", "now-3y", "2026-02-31", "2026-11-20 25:00", "12:00", "now-3h; drop"])("is not %j", (text) => {
    expect(momentOf(text, NOW, utc)).toBeNull();
  });
});

test("an address keeps relative times as text and other times in milliseconds", () => {
  expect(written("3h", NOW)).toBeNull();
  expect(written("-3h", NOW)).toBe("now-3h");
  expect(written("now - 1d / d", NOW)).toBe("now-1d/d");
  expect(written("now", NOW, { end: true })).toBe("");
  expect(written("2026-11-20", NOW, utc)).toBe(String(Date.UTC(2026, 10, 20)));
  expect(written("", NOW)).toBe("");
});

test("an empty end of a range is open", () => {
  expect(rangeOf({ from: ALL, to: "" }, NOW)).toEqual({ from: null, to: null });
  expect(rangeOf({ from: "now-1h", to: "" }, NOW)).toEqual({ from: NOW - 3_600_000, to: null });
});

test("the label of a range is plain English", () => {
  const label = (from: string, to = "") => rangeLabel({ from, to }, NOW, true);
  expect(label("now-7d")).toBe("Last 7 days");
  expect(label("now-5h")).toBe("Last 5 hours");
  expect(label("now-1w")).toBe("Last 1 week");
  expect(label(ALL)).toBe("All time");
  expect(label("now-1d/d", "now/d")).toBe("Yesterday");
  expect(label(String(Date.UTC(2026, 10, 20, 14)), String(Date.UTC(2026, 10, 21, 2)))).toBe("20 Nov 14:00 – 21 Nov 02:00");
  expect(label(String(Date.UTC(2025, 10, 20, 14)))).toBe("since 20 Nov 2025 14:00");
  expect(label(ALL, String(Date.UTC(2026, 10, 20, 14)))).toBe("until 20 Nov 14:00");
  expect(label(String(NOW - 30_000), String(NOW))).toBe("21 Nov 16:45:00.250 – 21 Nov 16:45:30.250");
});

test("a range can be shifted and widened, but not into the future", () => {
  const range = { from: NOW - 2000, to: NOW - 1000 };
  expect(shiftRange(range, NOW, -1)).toEqual({ from: NOW - 3000, to: NOW - 2000 });
  expect(shiftRange(range, NOW, 1)).toEqual({ from: NOW - 1000, to: NOW });
  expect(widenRange(range, NOW)).toEqual({ from: NOW - 2500, to: NOW - 500 });
  expect(widenRange({ from: NOW - 1000, to: null }, NOW)).toEqual({ from: NOW - 1500, to: NOW });
  expect(widenRange({ from: null, to: null }, NOW)).toBeNull();
  expect(textOf({ from: null, to: 5.4 })).toEqual({ from: ALL, to: "5" });
});
