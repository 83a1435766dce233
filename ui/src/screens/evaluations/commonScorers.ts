import type { Evaluation } from "../../core/types";

/** The scorers that most evaluations have, the most frequent first. */
export function commonScorers(evaluations: readonly Pick<Evaluation, "scorers">[], max: number): string[] {
  const counts = new Map<string, number>();
  for (const { scorers } of evaluations) for (const { name } of scorers) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, max).map(([name]) => name);
}
