import { expect, test } from "vitest";
import { bucketAt, bucketLength, type ChartData, endPadding, seriesAt, stackSeries, stepSizes, describeChart, tickText, timeTick, valueText } from "./chart";

const START = Date.UTC(2026, 10, 20);
const HOUR = 3_600_000;
const data: ChartData = {
  startMs: [START, START + HOUR, START + 2 * HOUR],
  bucketMs: HOUR,
  series: [
    { label: "ok", color: "bar", values: [4, 0, 6] },
    { label: "failed", color: "error", values: [1, null, 2] },
  ],
};

test("an axis shows no more digits than its steps need", () => {
  expect(["500 ms", "2 s", "1.5 s", "90 s", "5 min"]).toEqual([
    tickText("duration", 500, 500), tickText("duration", 2000, 1000), tickText("duration", 1500, 500),
    tickText("duration", 90_000, 30_000), tickText("duration", 300_000, 60_000),
  ]);
  expect(tickText("duration", 0.5, 0.5)).toBe("0.5 ms");
  expect(tickText("money", 0.02, 0.02)).toBe("$0.02");
  expect(tickText("money", 0.1, 0.05)).toBe("$0.10");
  expect(tickText("money", 5, 5)).toBe("$5");
  expect(tickText("money", 2000, 1000)).toBe("$2k");
  expect(tickText("percent", 0.5, 0.25)).toBe("50 %");
  expect(tickText("percent", 0.005, 0.005)).toBe("0.5 %");
  expect(tickText("tokens", 200_000, 50_000)).toBe("200k");
  expect(tickText("count", 0, 1)).toBe("0");
});

test("all values of an axis have one unit", () => {
  const axis = (unit: "duration" | "tokens" | "money", values: number[], step: number) => values.map((value) => tickText(unit, value, step, values.at(-1)));
  expect(axis("duration", [0, 500, 1000, 1500], 500)).toEqual(["0", "0.5 s", "1 s", "1.5 s"]);
  expect(axis("duration", [60_000, 120_000, 180_000], 60_000)).toEqual(["1 min", "2 min", "3 min"]);
  expect(axis("tokens", [500_000, 1_000_000, 1_500_000], 500_000)).toEqual(["0.5M", "1M", "1.5M"]);
  expect(axis("money", [500, 1000, 1500], 500)).toEqual(["$0.5k", "$1k", "$1.5k"]);
  // On a logarithmic axis, the step size of each tick is its own value.
  expect([10, 100, 1000, 10_000].map((value) => tickText("duration", value, value, 10_000))).toEqual(["0.01 s", "0.1 s", "1 s", "10 s"]);
});

test("a score has three significant digits", () => {
  expect([0.123456, 3.4166666, 4, 12345.6, null].map((value) => valueText("number", value))).toEqual(["0.123", "3.42", "4", "12,346", "–"]);
  expect(tickText("number", 0.5, 0.25)).toBe("0.5");
});

test("counts have whole step sizes", () => {
  expect(stepSizes("count").every(Number.isInteger)).toBe(true);
  for (const unit of ["count", "duration", "money", "percent"] as const) {
    const sizes = stepSizes(unit);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  }
});

test("the tick at midnight shows the day", () => {
  const now = Date.UTC(2026, 10, 21);
  expect(timeTick(START, 6 * HOUR, now, true)).toBe("20 Nov");
  expect(timeTick(START + 6 * HOUR, 6 * HOUR, now, true)).toBe("06:00");
  expect(timeTick(START + 6 * HOUR, 24 * HOUR, now, true)).toBe("20 Nov");
  expect(timeTick(START + 5000, 1000, now, true)).toBe("00:00:05");
  expect(timeTick(Date.UTC(2025, 10, 1), 30 * 24 * HOUR, now, true)).toBe("Nov 2025");
});

test("each series is stacked on those below", () => {
  expect(stackSeries(data.series)).toEqual([[4, 0, 6], [5, 0, 8]]);
});

test("a moment is in one bucket or in none", () => {
  expect(bucketAt(data, START - 1)).toBeNull();
  expect(bucketAt(data, START)).toBe(0);
  expect(bucketAt(data, START + HOUR - 1)).toBe(0);
  expect(bucketAt(data, START + 3 * HOUR)).toBeNull();
});

test("a click finds the part of the stack, or the nearest line", () => {
  expect(seriesAt("stacked", data, 0, 3, 1)).toBe(0);
  expect(seriesAt("stacked", data, 0, 4.5, 1)).toBe(1);
  expect(seriesAt("stacked", data, 0, 9, 1)).toBeNull();
  expect(seriesAt("stacked", data, 1, 0, 1)).toBeNull();
  expect(seriesAt("steps", data, 2, 5.5, 1)).toBe(0);
  expect(seriesAt("steps", data, 2, 1.5, 1)).toBe(1);
  expect(seriesAt("steps", data, 1, 5, 1)).toBeNull();
});

test("a chart can be described in words", () => {
  expect(describeChart("Traces", "count", "stacked", data, START + 3 * HOUR, true)).toBe(
    "Traces, 3 steps of 1h. ok: 10 in all, highest 6 at 20 Nov 02:00. failed: 3 in all, highest 2 at 20 Nov 02:00.",
  );
  expect(bucketLength(90 * 60_000)).toBe("1h 30m");
  expect(bucketLength(86_400_000)).toBe("1d");
});

test("the last label of the time axis has room, however near the end it is", () => {
  expect(endPadding("29 Nov", 100)).toBe(4);
  expect(endPadding("29 Nov", 5)).toBe(17);
  expect(endPadding("29 Nov", 0)).toBe(22);
  expect(endPadding("", 0)).toBe(4);
});
