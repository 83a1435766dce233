/** The nearest-rank percentile of sorted values: one that occurs; `null` of none. */
export function nearestRank(sorted: ArrayLike<number>, share: number): number | null {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? null;
}
