import { expect, test } from "vitest";
import { bucketsFor } from "./buckets";

const HOUR = 3_600_000;

test("the usual times are cut into parts of a round length", () => {
  expect(HOUR / bucketsFor(HOUR)).toBe(60_000);
  expect((3 * HOUR) / bucketsFor(3 * HOUR)).toBe(5 * 60_000);
  expect((24 * HOUR) / bucketsFor(24 * HOUR)).toBe(HOUR / 2);
  expect((7 * 24 * HOUR) / bucketsFor(7 * 24 * HOUR)).toBe(3 * HOUR);
  expect((30 * 24 * HOUR) / bucketsFor(30 * 24 * HOUR)).toBe(12 * HOUR);
});

test("any other time is cut into sixty", () => {
  expect(bucketsFor(null)).toBe(60);
  expect(bucketsFor(7 * HOUR + 123)).toBe(60);
  expect(bucketsFor(40)).toBe(60);
});
