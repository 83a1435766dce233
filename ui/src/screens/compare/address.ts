import type { Side } from "../../net/insight";

/** The address of a comparison of two filters in one time. */
export function comparison({ range }: Pick<Side, "range">, qa: string, qb: string): Record<string, string> {
  const search = { qa, qb, fa: range.from, ta: range.to, fb: range.from, tb: range.to };
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value));
}
