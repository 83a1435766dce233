// Two histograms on one logarithmic axis. Their bins may differ, so the drawn height is the share of traces per unit of the axis.
import type { Histogram } from "./types";

export interface Bin {
  low: number;
  high: number;
  count: number;
  /** Share of all traces of this side, 0 to 1. */
  share: number;
}

export interface Axis {
  low: number;
  high: number;
}

export function binsOf({ edges, counts }: Histogram): Bin[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count, at) => ({ low: edges[at]!, high: edges[at + 1]!, count, share: total ? count / total : 0 }));
}

/** The axis from the lowest to the highest non-empty bin; zero is at its left end. */
export function axisOf(sides: Histogram[]): Axis | null {
  const seen = sides.flatMap(binsOf).filter((bin) => 0 < bin.count);
  const lows = seen.map((bin) => bin.low).filter((low) => 0 < low);
  const highs = seen.map((bin) => bin.high).filter((high) => 0 < high);
  if (highs.length === 0) return null;
  const high = Math.max(...highs);
  const low = Math.min(...lows, high);
  return low < high ? { low, high } : { low: high / 2, high };
}

/** Position of a value on the axis, 0 to 1. */
export function axisPosition(axis: Axis, value: number): number {
  if (value <= axis.low) return 0;
  return Math.min(1, Math.log(value / axis.low) / Math.log(axis.high / axis.low));
}

export function valueAt(axis: Axis, at: number): number {
  return axis.low * (axis.high / axis.low) ** at;
}

/** The outline of a side: corners as [position, height]. Heights are comparable between sides with different bins. */
export function outline(axis: Axis, side: Histogram): [number, number][] {
  const corners: [number, number][] = [];
  for (const bin of binsOf(side)) {
    const [left, right] = [axisPosition(axis, bin.low), axisPosition(axis, bin.high)];
    if (right <= left) continue;
    const height = bin.share / (right - left);
    corners.push([left, height], [right, height]);
  }
  if (corners.length === 0) return [];
  return [[corners[0]![0], 0], ...corners, [corners.at(-1)![0], 0]];
}

/** Round values along the axis: every power of ten, and 2 and 5 between them where there is room. */
export function ticks(axis: Axis, countMax: number): number[] {
  for (const digits of [[1, 2, 5], [1, 3], [1]]) {
    const found: number[] = [];
    for (let power = Math.floor(Math.log10(axis.low)); power <= Math.ceil(Math.log10(axis.high)); power++) {
      for (const digit of digits) {
        const value = Number((digit * 10 ** power).toPrecision(1));
        if (axis.low <= value && value <= axis.high) found.push(value);
      }
    }
    if (found.length <= countMax) return found;
  }
  return [];
}

export interface BinRow {
  low: number;
  high: number;
  a: number | null;
  b: number | null;
}

/** Both sides as rows of a table; bins of the same bounds share one. */
export function rows(a: Histogram, b: Histogram): BinRow[] {
  const found = new Map<string, BinRow>();
  const add = (side: "a" | "b", histogram: Histogram) => {
    for (const { low, high, count } of binsOf(histogram)) {
      const key = `${low} ${high}`;
      const row = found.get(key) ?? { low, high, a: null, b: null };
      row[side] = count;
      found.set(key, row);
    }
  };
  add("a", a);
  add("b", b);
  return [...found.values()].filter((row) => row.a || row.b).sort((one, other) => one.low - other.low || one.high - other.high);
}
