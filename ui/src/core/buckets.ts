const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LENGTHS = [
  1000, 2000, 5000, 10_000, 15_000, 30_000, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY,
];
const BUCKETS_MAX = 72;
const BUCKETS_DEFAULT = 60;

/** Into how many parts a time is cut, so that each is as long as people say it: 3 hours, not 2 h 48 min. */
export function bucketsFor(spanMs: number | null): number {
  if (spanMs === null || spanMs <= 0) return BUCKETS_DEFAULT;
  const length = LENGTHS.find((length) => spanMs / length <= BUCKETS_MAX && spanMs % length < 1);
  return length && BUCKETS_MAX / 4 <= spanMs / length ? Math.round(spanMs / length) : BUCKETS_DEFAULT;
}
