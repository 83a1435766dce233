// The data of a chart, independent of how it is drawn: values over time buckets.
import { count, duration, exact, money, percent } from "./format";
import { momentLabel } from "./timeRange";

export type Unit = "count" | "tokens" | "duration" | "money" | "percent" | "number";

export interface Series {
  label: string;
  /** The name of a colour token, without the dashes. */
  color: string;
  /** One per bucket; `null` if nothing was measured. */
  values: (number | null)[];
  dashed?: boolean;
  /** Shown in the legend only, in a unit of its own, such as the sample size of a share. Comes after the drawn series. */
  aside?: Unit;
  /** A filter that keeps only the traces of this series. */
  filter?: string;
}

/** A moment that is marked by a line, such as a new version. */
export interface Mark {
  ms: number;
  label: string;
}

export interface ChartData {
  startMs: number[];
  bucketMs: number;
  series: Series[];
  marks?: Mark[];
}

export type Kind = "stacked" | "steps";

/** Colours of series without a fixed meaning; none of them is also the colour of an outcome or a span type. */
export const SERIES_COLORS = Array.from({ length: 12 }, (_, at) => `series-${at + 1}`);

export function valueText(unit: Unit, value: number | null | undefined): string {
  switch (unit) {
    case "duration": return duration(value);
    case "money": return money(value);
    case "percent": return percent(value);
    case "tokens": return count(value);
    case "count": return exact(value);
    case "number": return value == null ? "–" : plain(value);
  }
}

const DURATION_UNITS: [unit: string, ms: number, belowMs: number][] = [
  ["ms", 1, 1000], ["s", 1000, 120_000], ["min", 60_000, 7_200_000], ["h", 3_600_000, Infinity],
];
const COUNT_UNITS: [unit: string, size: number][] = [["G", 1e9], ["M", 1e6], ["k", 1000]];

/** A value on an axis, with only the digits that its step needs. The whole axis has the unit of its highest value. */
export function tickText(unit: Unit, value: number, stepSize: number, highest = value): string {
  if (value === 0) return "0";
  const digits = (size: number) => Math.max(0, -Math.floor(Math.log10(stepSize / size) + 1e-9));
  switch (unit) {
    case "duration": {
      const [name, ms] = DURATION_UNITS.find(([, , belowMs]) => highest < belowMs)!;
      return `${trimZeros(value / ms, digits(ms))} ${name}`;
    }
    case "money":
      return highest < 1000 ? `$${value.toFixed(digits(1))}` : `$${trimZeros(value / 1000, digits(1000))}k`;
    case "percent": return `${trimZeros(value * 100, Math.max(0, digits(1) - 2))} %`;
    case "number": return trimZeros(value, digits(1));
    default: {
      const [name, size] = COUNT_UNITS.find(([, size]) => size <= highest) ?? ["", 1];
      return `${trimZeros(value / size, digits(size))}${name}`;
    }
  }
}

/** A number without a unit, such as a score: three significant digits. */
export function plain(value: number): string {
  return Math.abs(value) < 1000 ? Number(value.toPrecision(3)).toString() : exact(Math.round(value));
}

function trimZeros(value: number, digits: number): string {
  return Number(value.toFixed(Math.min(digits, 10))).toString();
}

/** Round step sizes of an axis, from which uPlot chooses. */
export function stepSizes(unit: Unit): number[] {
  const decimal = (lowest: number, highest: number) =>
    Array.from({ length: highest - lowest + 1 }, (_, at) => [1, 2, 5].map((digit) => digit * 10 ** (lowest + at))).flat();
  if (unit === "count" || unit === "tokens") return decimal(0, 12);
  if (unit !== "duration") return decimal(-9, 9);
  const minute = 60_000;
  return [...decimal(-3, 3), 10_000, 15_000, 30_000, ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1440, 2880, 10_080].map((n) => n * minute)];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A label on the time axis, as short as the distance to the next one allows. */
export function timeTick(ms: number, stepMs: number, nowMs: number, utc: boolean): string {
  const label = momentLabel(ms, nowMs, utc, stepMs < 60_000 ? HOUR - 1 : Infinity);
  const time = label.slice(label.lastIndexOf(" ") + 1);
  const date = label.slice(0, label.lastIndexOf(" "));
  if (28 * DAY <= stepMs) return date.replace(/^\d+ /, "");
  return DAY <= stepMs || /^00:00(:00)?$/.test(time) ? date : time;
}

const TICK_CHAR_PX = 6.4;
const END_PADDING_PX = 4;
/** Widths of labels are estimates. */
const LABEL_MARGIN_PX = 2;

/** The width of a label on an axis in pixels, about. */
export function tickWidth(text: string): number {
  return text.length * TICK_CHAR_PX;
}

/** The space at the right of a chart, in pixels, in which the last label of the time axis is not cut. Labels are centred on their moments. */
export function endPadding(lastLabel: string, distanceToEndPx: number): number {
  return Math.max(END_PADDING_PX, Math.ceil(tickWidth(lastLabel) / 2 - distanceToEndPx) + LABEL_MARGIN_PX);
}

export function drawnSeries(data: ChartData): Series[] {
  return data.series.filter((series) => !series.aside);
}

/** Stacks each series on top of those before it. */
export function stackSeries(series: Series[]): number[][] {
  const tops: number[][] = [];
  for (const { values } of series) {
    const below = tops.at(-1);
    tops.push(values.map((value, at) => (value ?? 0) + (below?.[at] ?? 0)));
  }
  return tops;
}

/** The bucket of a moment, or `null` outside of all buckets. */
export function bucketAt(data: ChartData, ms: number): number | null {
  const first = data.startMs[0];
  if (first === undefined) return null;
  const at = Math.floor((ms - first) / data.bucketMs);
  return 0 <= at && at < data.startMs.length ? at : null;
}

/** The series at a value in a bucket: the part of the stack there, or the nearest line within `reach`; `null` if there is none. */
export function seriesAt(kind: Kind, data: ChartData, bucket: number, value: number, reach: number): number | null {
  if (kind === "stacked") {
    const at = stackSeries(data.series).findIndex((tops, index) => value <= tops[bucket]! && !!data.series[index]!.values[bucket]);
    return at < 0 || value < 0 ? null : at;
  }
  let nearest: number | null = null;
  let distance = reach;
  drawnSeries(data).forEach((series, at) => {
    const there = series.values[bucket];
    if (there == null || distance < Math.abs(there - value)) return;
    distance = Math.abs(there - value);
    nearest = at;
  });
  return nearest;
}

/** The length of a bucket as text: `2h`, `15m`, `30s`. */
export function bucketLength(ms: number): string {
  return duration(ms).replace(/ ?(00[ms]|0h)$/, "");
}

/** The chart as text for screen readers. */
export function describeChart(title: string, unit: Unit, kind: Kind, data: ChartData, nowMs: number, utc: boolean): string {
  const parts = drawnSeries(data).map(({ label, values }) => {
    const seen = values.filter((value) => value !== null);
    if (seen.length === 0) return `${label}: nothing`;
    const highest = Math.max(...seen);
    const when = momentLabel(data.startMs[values.indexOf(highest)]!, nowMs, utc);
    const sum = seen.reduce((total, value) => total + value, 0);
    if (kind === "stacked" && sum === 0) return `${label}: none`;
    const total = kind === "stacked" ? `${valueText(unit, sum)} in all, ` : `lowest ${valueText(unit, Math.min(...seen))}, `;
    return `${label}: ${total}highest ${valueText(unit, highest)} at ${when}`;
  });
  parts.push(...(data.marks ?? []).map(({ ms, label }) => `${label} since ${momentLabel(ms, nowMs, utc)}`));
  return `${title}, ${data.startMs.length} steps of ${bucketLength(data.bucketMs)}. ${parts.join(". ")}.`;
}
