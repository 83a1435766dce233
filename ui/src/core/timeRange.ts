// Time ranges as text, as typed and as written in an address: `now-3h`, `now/d`, `2026-11-20 14:00`, or milliseconds.

/** Both ends as text; an empty one is open. */
export interface RangeText {
  from: string;
  to: string;
}

/** Both ends in milliseconds since 1970; `null` is open. */
export interface Range {
  from: number | null;
  to: number | null;
}

/** The `from` of an unlimited range. An address without `from` means the screen's default. */
export const ALL = "all";

export const PRESETS: { text: RangeText; label: string }[] = [
  { text: { from: "now-15m", to: "" }, label: "Last 15 minutes" },
  { text: { from: "now-1h", to: "" }, label: "Last hour" },
  { text: { from: "now-3h", to: "" }, label: "Last 3 hours" },
  { text: { from: "now-24h", to: "" }, label: "Last 24 hours" },
  { text: { from: "now/d", to: "" }, label: "Today" },
  { text: { from: "now-1d/d", to: "now/d" }, label: "Yesterday" },
  { text: { from: "now-7d", to: "" }, label: "Last 7 days" },
  { text: { from: "now-30d", to: "" }, label: "Last 30 days" },
  { text: { from: "now-90d", to: "" }, label: "Last 90 days" },
  { text: { from: ALL, to: "" }, label: "All time" },
];

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
const UNIT_NAME: Record<string, string> = { s: "second", m: "minute", h: "hour", d: "day", w: "week" };
const RELATIVE = /^(?:now)?(?:\s*-\s*(\d{1,6})\s*([smhdw]))?(?:\s*\/\s*([hdw]))?$/;
const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/** Parses a moment; `null` if the text is not valid. A day as the end of a range includes the whole day. */
export function momentOf(text: string, nowMs: number, { utc = false, end = false } = {}): number | null {
  const writeMoment = text.trim();
  if (/^\d{10,16}$/.test(writeMoment)) return Number(writeMoment);
  const relative = writeMoment ? RELATIVE.exec(writeMoment.toLowerCase()) : null;
  if (relative) {
    const [, amount, unit, floor] = relative;
    const ms = nowMs - (amount ? Number(amount) * UNIT_MS[unit!]! : 0);
    return floor ? floorTo(ms, floor, utc) : ms;
  }
  return dateOf(writeMoment, utc, end);
}

function floorTo(ms: number, unit: string, utc: boolean): number {
  const shift = utc ? 0 : new Date(ms).getTimezoneOffset() * 60_000;
  const date = new Date(ms - shift);
  if (unit === "h") date.setUTCMinutes(0, 0, 0);
  else date.setUTCHours(0, 0, 0, 0);
  // Weeks begin on Monday.
  if (unit === "w") date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return utc ? date.getTime() : localMs(date);
}

/** The local time with the same date and time of day as this UTC time. */
function localMs(date: Date): number {
  return new Date(
    date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(),
    date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCMilliseconds(),
  ).getTime();
}

function dateOf(text: string, utc: boolean, end: boolean): number | null {
  const found = DATE.exec(text);
  if (!found) return null;
  const [, year, month, day, hour, minute, second, fraction, zone] = found;
  const whole = hour === undefined;
  const ms = whole && end ? 999 : Number((fraction ?? "").padEnd(3, "0") || 0);
  const parts = [Number(year), Number(month) - 1, Number(day), whole && end ? 23 : Number(hour ?? 0), whole && end ? 59 : Number(minute ?? 0), whole && end ? 59 : Number(second ?? 0), ms] as const;
  const date = new Date(Date.UTC(...parts));
  // JavaScript accepts the invalid date `2026-02-31`.
  const real = date.getUTCDate() === parts[2] && date.getUTCMonth() === parts[1] && date.getUTCHours() === parts[3] && date.getUTCMinutes() === parts[4];
  if (!real) return null;
  if (!zone) return utc ? date.getTime() : localMs(date);
  return date.getTime() - offsetMs(zone);
}

function offsetMs(zone: string): number {
  if (zone.toUpperCase() === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith("-") ? -1 : 1) * minutes * 60_000;
}

export function rangeOf(text: RangeText, nowMs: number, utc = false): Range {
  const from = text.from === ALL ? null : momentOf(text.from, nowMs, { utc });
  return { from, to: text.to ? momentOf(text.to, nowMs, { utc, end: true }) : null };
}

/** A typed moment as written to the address: relative times stay relative; `null` if it is not valid. */
export function written(text: string, nowMs: number, options: { utc?: boolean; end?: boolean } = {}): string | null {
  const typed = text.trim().toLowerCase();
  if (typed === "" || typed === ALL) return typed;
  if (typed === "now") return options.end ? "" : "now";
  const relative = RELATIVE.exec(typed);
  if (relative) {
    const [, amount, unit, floor] = relative;
    return `now${amount ? `-${amount}${unit}` : ""}${floor ? `/${floor}` : ""}`;
  }
  const ms = momentOf(typed, nowMs, options);
  return ms === null ? null : String(ms);
}

/** A range in words: `Last 3 hours`, `20 Nov 14:00 – 21 Nov 02:00`, `since 20 Nov 14:00`, `All time`. */
export function rangeLabel(text: RangeText, nowMs: number, utc = false): string {
  const preset = PRESETS.find((preset) => preset.text.from === text.from && preset.text.to === text.to);
  if (preset) return preset.label;
  const last = !text.to ? /^now-(\d+)([smhdw])$/.exec(text.from) : null;
  if (last) return `Last ${Number(last[1])} ${UNIT_NAME[last[2]!]}${Number(last[1]) === 1 ? "" : "s"}`;
  const { from, to } = rangeOf(text, nowMs, utc);
  if (from === null && to === null) return "All time";
  if (from === null) return `until ${momentLabel(to!, nowMs, utc)}`;
  if (to === null) return `since ${momentLabel(from, nowMs, utc)}`;
  return `${momentLabel(from, nowMs, utc, to - from)} – ${momentLabel(to, nowMs, utc, to - from)}`;
}

/** A moment in short form: the year only if it differs from now, seconds only in a short range. */
export function momentLabel(ms: number, nowMs: number, utc = false, spanMs = Infinity): string {
  const date = utc ? new Date(ms) : new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  const year = date.getUTCFullYear() === new Date(nowMs).getUTCFullYear() ? "" : ` ${date.getUTCFullYear()}`;
  const iso = date.toISOString();
  const time = spanMs < 60_000 ? iso.slice(11, 23) : spanMs < 3_600_000 ? iso.slice(11, 19) : iso.slice(11, 16);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}${year} ${time}`;
}

export const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The adjacent range of the same length: -1 before, 1 after. `null` if the range has no start. */
export function shiftRange(range: Range, nowMs: number, step: -1 | 1): Range | null {
  if (range.from === null) return null;
  const to = range.to ?? nowMs;
  const length = to - range.from;
  return { from: range.from + step * length, to: to + step * length };
}

/** Twice the length around the same middle, ending now at the latest. */
export function widenRange(range: Range, nowMs: number): Range | null {
  if (range.from === null) return null;
  const to = range.to ?? nowMs;
  const half = Math.max(to - range.from, 1) / 2;
  return { from: Math.round(range.from - half), to: Math.min(Math.round(to + half), Math.max(nowMs, to)) };
}

export function textOf(range: Range): RangeText {
  return { from: range.from === null ? ALL : String(Math.round(range.from)), to: range.to === null ? "" : String(Math.round(range.to)) };
}
