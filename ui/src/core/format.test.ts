import fc from "fast-check";
import { expect, test } from "vitest";
import { ago, bytes, change, count, duration, exact, money, percent } from "./format";

test("durations have a suitable unit", () => {
  expect([0, 0.4, 7.25, 22, 1760, 9410, 65_000, 276_976, 11_100_000, 187_200_000, null].map(duration)).toEqual([
    "0 ms", "0.4 ms", "7.3 ms", "22 ms", "1.76 s", "9.41 s", "1m 05s", "4m 37s", "3h 05m", "2d 4h", "–",
  ]);
});

test("small amounts keep two significant digits", () => {
  expect([0, 0.00161, 0.0000042, 0.486, 12.3, 1204.4, null].map(money)).toEqual([
    "$0", "$0.0016", "$0.0000042", "$0.49", "$12.30", "$1,204", "–",
  ]);
});

test("counts, shares, bytes and changes", () => {
  expect([0, 617, 999, 1000, 4096, 12_345, 999_600, 2_300_000].map(count)).toEqual([
    "0", "617", "999", "1k", "4.1k", "12k", "1M", "2.3M",
  ]);
  expect([0, 0.004, 0.125, 1].map(percent)).toEqual(["0 %", "0.4 %", "13 %", "100 %"]);
  expect([12, 4096, 10 << 20].map(bytes)).toEqual(["12 B", "4.0 KiB", "10.0 MiB"]);
  expect([change(18, 100), change(112, 100), change(1, 0)]).toEqual(["−82 %", "+12 %", "–"]);
});

test("times are relative to now", () => {
  const now = 1_795_000_000_000;
  expect([0, 30, 300, 7200, 3 * 86_400].map((s) => ago(now - s * 1000, now))).toEqual([
    "just now", "30s ago", "5m ago", "2h ago", "3d ago",
  ]);
});

test("exact numbers have their digits grouped as English does", () => {
  expect([0, 999, 1000, 1_234_567.891, -1234.5, 0.004, 999.995].map(exact)).toEqual(["0", "999", "1,000", "1,234,567.89", "-1,234.5", "0", "1,000"]);
  fc.assert(fc.property(fc.oneof(fc.integer(), fc.double({ min: -1e9, max: 1e9, noNaN: true })), (n) => {
    const text = n.toLocaleString("en-US", { maximumFractionDigits: 2 });
    expect(exact(n)).toBe(text === "-0" && Object.is(n, -0) ? "0" : text);
  }));
});
