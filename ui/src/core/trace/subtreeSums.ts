import type { SpanTree } from "./spanTree";

/** Tokens and cost of each span with all spans below it; `null` where none of them has any. */
export interface SubtreeSums {
  tokens: (number | null)[];
  cost: (number | null)[];
}

export function subtreeSums(tree: SpanTree): SubtreeSums {
  return { tokens: sums(tree, tree.tokens), cost: sums(tree, tree.cost) };
}

/** What a span says of itself includes the spans below it: a framework's call of a model contains the provider's call. */
function sums(tree: SpanTree, own: (number | null)[]): (number | null)[] {
  const sum: (number | null)[] = new Array<number | null>(tree.count).fill(null);
  for (let span = tree.count - 1; 0 <= span; span--) {
    sum[span] = own[span] ?? sum[span]!;
    const parent = tree.parent[span]!;
    if (0 <= parent && sum[span] !== null) sum[parent] = (sum[parent] ?? 0) + sum[span]!;
  }
  return sum;
}
