// Navigation in a trace: to failed spans, ancestors and model calls.
import { endUs, isLlm, typeOf, type SpanTree } from "./spanTree";

/** The failed span to show first, the likely origin of the failure: the deepest, and among those the earliest. */
export function deepestFailure(tree: SpanTree): number | null {
  let best: number | null = null;
  for (let span = 0; span < tree.count; span++) {
    if (!tree.failed[span]) continue;
    if (best === null || tree.depth[best]! < tree.depth[span]!) best = span;
    else if (tree.depth[best] === tree.depth[span] && tree.start[span]! < tree.start[best]!) best = span;
  }
  return best;
}

/** The next span that satisfies `wanted`, wrapping around at the end; `null` if there is none. */
export function nextWhere(tree: SpanTree, from: number, step: 1 | -1, wanted: (span: number) => boolean): number | null {
  for (let far = 1; far <= tree.count; far++) {
    const span = (((from + step * far) % tree.count) + tree.count) % tree.count;
    if (wanted(span)) return span;
  }
  return null;
}

export function nextFailure(tree: SpanTree, from: number, step: 1 | -1): number | null {
  return nextWhere(tree, from, step, (span) => tree.failed[span] === 1);
}

export function nextLlm(tree: SpanTree, from: number): number | null {
  return nextWhere(tree, from, 1, (span) => isLlm(typeOf(tree, span)));
}

/** The model call before this one: under the same parent, else in the whole trace. */
export function previousLlm(tree: SpanTree, span: number): number | null {
  let other: number | null = null;
  for (let at = span - 1; 0 <= at; at--) {
    if (!isLlm(typeOf(tree, at)) || span < tree.end[at]!) continue;
    if (tree.parent[at] === tree.parent[span]) return at;
    other ??= at;
  }
  return other;
}

/** The first model call below a span, which has the question, and the one that ended last, which has the answer. */
export function callsBelow(tree: SpanTree, span: number): { first: number; last: number } | null {
  let calls: { first: number; last: number } | null = null;
  for (let at = span + 1; at < tree.end[span]!; at++) {
    if (!isLlm(typeOf(tree, at))) continue;
    calls ??= { first: at, last: at };
    if (endUs(tree, calls.last) < endUs(tree, at)) calls.last = at;
  }
  return calls;
}

/** The ancestors of a span, from the root down. */
export function ancestors(tree: SpanTree, span: number): number[] {
  const path: number[] = [];
  for (let at = tree.parent[span]!; 0 <= at; at = tree.parent[at]!) path.push(at);
  return path.reverse();
}

export function failures(tree: SpanTree): number {
  let sum = 0;
  for (let span = 0; span < tree.count; span++) sum += tree.failed[span]!;
  return sum;
}
