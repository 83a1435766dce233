/** The nearest-rank percentile of sorted values, which is always one of them; `null` if there are none. */
export function nearestRank(sorted: ArrayLike<number>, share: number): number | null {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? null;
}
