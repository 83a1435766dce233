// The critical path: the spans that would have to be shorter for the trace to end earlier.
import { childrenOf, endUs, rootsOf, type SpanTree } from "./spanTree";

export interface CriticalPath {
  /** 1 for spans on the critical path, else 0. */
  on: Uint8Array;
  /** µs that each span contributes itself, without its descendants. */
  own: Float64Array;
  totalUs: number;
}

/**
 * Walks from the end of the trace back to its start: into the child that ended last, from its start into
 * the sibling that ended last before it, and so on. Time not covered by a child is the span's own.
 */
export function criticalPath(tree: SpanTree): CriticalPath {
  const on = new Uint8Array(tree.count);
  const own = new Float64Array(tree.count);
  const root = longestRoot(tree);
  if (root === null) return { on, own, totalUs: 0 };

  // An explicit stack instead of recursion: call chains may be thousands deep.
  const todo: { span: number; until: number }[] = [{ span: root, until: endUs(tree, root) }];
  for (let step = todo.pop(); step; step = todo.pop()) {
    const { span } = step;
    let cursor = step.until;
    on[span] = 1;
    for (const child of childrenByEnd(tree, span, step.until)) {
      // Siblings may overlap by some µs if clocks differ; only the time up to the cursor counts.
      const end = Math.min(endUs(tree, child), cursor);
      if (end <= tree.start[child]!) continue;
      own[span]! += cursor - end;
      todo.push({ span: child, until: end });
      cursor = Math.max(tree.start[child]!, tree.start[span]!);
    }
    own[span]! += Math.max(0, cursor - tree.start[span]!);
  }
  return { on, own, totalUs: tree.duration[root]! };
}

/** The spans that contribute most, longest first: `vector_search 5.1 s, ChatCompletion 2.3 s`. */
export function longestOnPath(path: CriticalPath, max: number): number[] {
  const spans: number[] = [];
  for (let span = 0; span < path.own.length; span++) if (0 < path.own[span]!) spans.push(span);
  return spans.sort((a, b) => path.own[b]! - path.own[a]!).slice(0, max);
}

function longestRoot(tree: SpanTree): number | null {
  let best: number | null = null;
  for (const root of rootsOf(tree)) {
    if (best === null || tree.duration[best]! < tree.duration[root]!) best = root;
  }
  return best;
}

function childrenByEnd(tree: SpanTree, span: number, until: number): number[] {
  const end = (child: number) => Math.min(endUs(tree, child), until);
  return childrenOf(tree, span).sort((a, b) => end(b) - end(a) || tree.duration[b]! - tree.duration[a]!);
}
