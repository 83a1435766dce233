import type { SpanTree } from "./spanTree";

/** Tokens and cost of each span including its descendants; `null` if none of them has a value. */
export interface SubtreeSums {
  tokens: (number | null)[];
  cost: (number | null)[];
}

export function subtreeSums(tree: SpanTree): SubtreeSums {
  return { tokens: sums(tree, tree.tokens), cost: sums(tree, tree.cost) };
}

/** A span's own value includes its descendants: a framework's model call contains the provider's call. Only spans without one get the sum of their children. */
function sums(tree: SpanTree, own: (number | null)[]): (number | null)[] {
  const sum: (number | null)[] = new Array<number | null>(tree.count).fill(null);
  for (let span = tree.count - 1; 0 <= span; span--) {
    sum[span] = own[span] ?? sum[span]!;
    const parent = tree.parent[span]!;
    if (0 <= parent && sum[span] !== null) sum[parent] = (sum[parent] ?? 0) + sum[span]!;
  }
  return sum;
}
