import { expect, test } from "vitest";
import type { Histogram } from "./types";
import { axisOf, outline, axisPosition, rows, ticks, valueAt } from "./histogram";

const of = (edges: number[], counts: number[]): Histogram => ({ edges, counts, p50: null, p90: null, p99: null });

test("the axis covers all non-empty bins", () => {
  expect(axisOf([of([1, 10, 100, 1000], [0, 5, 0]), of([1, 10, 100, 1000], [0, 0, 2])])).toEqual({ low: 10, high: 1000 });
  expect(axisOf([of([], []), of([1, 2], [0])])).toBeNull();
  expect(axisOf([of([0, 1, 10], [3, 1])])).toEqual({ low: 1, high: 10 });
});

test("equal ratios are equal distances on the axis", () => {
  const axis = { low: 10, high: 1000 };
  expect(axisPosition(axis, 100)).toBeCloseTo(0.5);
  expect(axisPosition(axis, 0)).toBe(0);
  expect(axisPosition(axis, 5000)).toBe(1);
  expect(valueAt(axis, 0.5)).toBeCloseTo(100);
});

test("outlines have the same area, whatever the width of the bins", () => {
  const axis = { low: 1, high: 100 };
  const area = (corners: [number, number][]) =>
    corners.reduce((sum, [x, y], at) => (at === 0 ? 0 : sum + ((y + corners[at - 1]![1]) / 2) * (x - corners[at - 1]![0])), 0);
  expect(area(outline(axis, of([1, 10, 100], [1, 1])))).toBeCloseTo(1);
  expect(area(outline(axis, of([1, 100], [7])))).toBeCloseTo(1);
  expect(outline(axis, of([], []))).toEqual([]);
});

test("ticks are round and not too many", () => {
  expect(ticks({ low: 80, high: 1200 }, 8)).toEqual([100, 200, 500, 1000]);
  expect(ticks({ low: 0.00001, high: 10 }, 8)).toEqual([0.00001, 0.0001, 0.001, 0.01, 0.1, 1, 10]);
});

test("bins with the same bounds share a row, and empty bins have none", () => {
  expect(rows(of([1, 2, 4], [3, 0]), of([1, 2, 4, 8], [1, 0, 2]))).toEqual([
    { low: 1, high: 2, a: 3, b: 1 },
    { low: 4, high: 8, a: null, b: 2 },
  ]);
});
