// Long runs of the same step, such as 43 calls of one tool, are folded into one row.
import type { SpanTree } from "./spanTree";
import { subtreeSums, type SubtreeSums } from "./subtreeSums";

export const RUN_MAX = 20;

export interface Fold {
  /** The first of the run. */
  first: number;
  count: number;
  /** Index after the last span of the run and its descendants. */
  end: number;
  failed: number;
  tokens: number | null;
  cost: number | null;
  /** Start in µs after the start of the trace. */
  from: number;
  to: number;
}

/** Runs of more than `runMax` consecutive siblings of one name and type, by their first span. */
export function findFolds(tree: SpanTree, sums: SubtreeSums = subtreeSums(tree), runMax = RUN_MAX): Map<number, Fold> {
  const folds = new Map<number, Fold>();
  // For each parent, the run of its last child.
  const running = new Map<number, Fold>();
  for (let span = 0; span < tree.count; span++) {
    const parent = tree.parent[span]!;
    const run = running.get(parent);
    const failed = tree.failed[span]! + tree.failedBelow[span]!;
    const tokens = sums.tokens[span]!;
    const cost = sums.cost[span]!;
    const to = tree.start[span]! + tree.duration[span]!;
    if (run && run.end === span && tree.name[run.first] === tree.name[span] && tree.type[run.first] === tree.type[span]) {
      run.count++;
      run.end = tree.end[span]!;
      run.failed += failed;
      run.tokens = add(run.tokens, tokens);
      run.cost = add(run.cost, cost);
      run.to = Math.max(run.to, to);
      if (runMax < run.count) folds.set(run.first, run);
    } else {
      running.set(parent, { first: span, count: 1, end: tree.end[span]!, failed, tokens, cost, from: tree.start[span]!, to });
    }
  }
  return folds;
}

function add(sum: number | null, value: number | null): number | null {
  return value === null ? sum : (sum ?? 0) + value;
}
