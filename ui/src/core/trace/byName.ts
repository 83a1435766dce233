// Statistics of all spans of one name.
import { nearestRank } from "./nearestRank";
import { modelOf, nameOf, typeOf, type SpanTree } from "./spanTree";

export interface NameStat {
  name: string;
  type: string;
  model: string | null;
  spans: number[];
  failed: number;
  /** Sum of durations in µs. */
  total: number;
  self: number;
  p95: number;
  max: number;
  tokens: number | null;
  cost: number | null;
}

export type NameOrder = "self" | "total" | "count" | "p95" | "failed" | "tokens" | "cost" | "name";

export function statsByName(tree: SpanTree, self: Float64Array): NameStat[] {
  const groups = new Map<string, NameStat>();
  for (let span = 0; span < tree.count; span++) {
    const name = nameOf(tree, span);
    const key = `${tree.type[span]} ${name}`;
    let stat = groups.get(key);
    if (!stat) {
      stat = { name, type: typeOf(tree, span), model: modelOf(tree, span), spans: [], failed: 0, total: 0, self: 0, p95: 0, max: 0, tokens: null, cost: null };
      groups.set(key, stat);
    }
    stat.spans.push(span);
    stat.failed += tree.failed[span]!;
    stat.total += tree.duration[span]!;
    stat.self += self[span]!;
    stat.max = Math.max(stat.max, tree.duration[span]!);
    stat.tokens = plus(stat.tokens, tree.tokens[span]);
    stat.cost = plus(stat.cost, tree.cost[span]);
    if (stat.model !== modelOf(tree, span)) stat.model = null;
  }
  for (const stat of groups.values()) {
    const durations = Float64Array.from(stat.spans, (span) => tree.duration[span]!).sort();
    stat.p95 = nearestRank(durations, 0.95) ?? 0;
  }
  return [...groups.values()];
}

export function sortStats(stats: NameStat[], by: NameOrder): NameStat[] {
  if (by === "name") return stats.toSorted((a, b) => a.name.localeCompare(b.name));
  const value = (stat: NameStat) => (by === "count" ? stat.spans.length : (stat[by] ?? -1));
  return stats.toSorted((a, b) => value(b) - value(a) || a.name.localeCompare(b.name));
}

function plus(sum: number | null, value: number | null | undefined): number | null {
  return value == null ? sum : (sum ?? 0) + value;
}
