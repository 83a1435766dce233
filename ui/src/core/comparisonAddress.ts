import type { RangeText } from "./timeRange";

/** The URL parameters of a comparison of two filters in one time range. */
export function sidesSearch({ range }: { range: RangeText }, qa: string, qb: string): Record<string, string> {
  const search = { qa, qb, fa: range.from, ta: range.to, fb: range.from, tb: range.to };
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value));
}
