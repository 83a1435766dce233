// Aligns the spans of several traces by position in the tree, by name and by order.
import type { SpanTree } from "./trace/spanTree";

export interface AlignedSpan {
  name: string;
  type: string;
  depth: number;
  /** Index of the span in each trace's tree; -1 if that trace has none. */
  spans: number[];
  change: "same" | "added" | "removed" | "changed";
}

interface PendingGroup {
  depth: number;
  children: number[][];
}

/** Aligns all spans, in pre-order. The other traces are compared with the first one. */
export function alignSpans(trees: readonly SpanTree[]): AlignedSpan[] {
  const below = trees.map(childrenOf);
  const rows: AlignedSpan[] = [];
  // An explicit stack instead of recursion: a trace may be ten thousand spans deep.
  const waiting: { group: number[]; depth: number }[] = [];
  const expand = ({ depth, children }: PendingGroup) => {
    for (const group of alignSiblings(trees, children).toReversed()) waiting.push({ group, depth });
  };
  expand({ depth: 0, children: below.map(({ roots }) => roots) });
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { group, depth } = next;
    rows.push(rowOf(trees, group, depth));
    expand({ depth: depth + 1, children: group.map((span, at) => (span < 0 ? [] : below[at]!.of(span))) });
  }
  return rows;
}

/** Groups with one span per trace, or -1. The k-th span of a name in one trace is aligned with the k-th in the others. */
function alignSiblings(trees: readonly SpanTree[], siblings: readonly number[][]): number[][] {
  let order: string[] = [];
  const groups = new Map<string, number[]>();
  siblings.forEach((spans, trace) => {
    const seen = new Map<string, number>();
    // A new name is inserted after the known one that precedes it.
    const inserts = new Map<number, string[]>();
    const places = new Map(order.map((key, at) => [key, at]));
    let last = -1;
    for (const span of spans) {
      const name = nameOf(trees[trace]!, span);
      const nth = seen.get(name) ?? 0;
      seen.set(name, nth + 1);
      const key = `${nth} ${name}`;
      let group = groups.get(key);
      if (!group) {
        group = trees.map(() => -1);
        groups.set(key, group);
        inserts.set(last, [...(inserts.get(last) ?? []), key]);
      } else {
        last = Math.max(last, places.get(key) ?? last);
      }
      group[trace] = span;
    }
    order = [...(inserts.get(-1) ?? []), ...order.flatMap((key, at) => [key, ...(inserts.get(at) ?? [])])];
  });
  return order.map((key) => groups.get(key)!);
}

function rowOf(trees: readonly SpanTree[], spans: number[], depth: number): AlignedSpan {
  const at = spans.findIndex((span) => span >= 0);
  const tree = trees[at]!;
  const type = tree.strings[tree.type[spans[at]!]!] ?? "";
  return { name: nameOf(tree, spans[at]!), type, depth, spans, change: changeOf(trees, spans) };
}

function changeOf(trees: readonly SpanTree[], spans: number[]): AlignedSpan["change"] {
  if (spans[0]! < 0) return "added";
  if (spans.some((span) => span < 0)) return "removed";
  const looks = spans.map((span, at) => {
    const tree = trees[at]!;
    return [tree.failed[span], tree.model[span]! < 0 ? "" : tree.strings[tree.model[span]!], tree.strings[tree.type[span]!]].join("\n");
  });
  return looks.every((look) => look === looks[0]) ? "same" : "changed";
}

function nameOf(tree: SpanTree, span: number): string {
  return tree.strings[tree.name[span]!] ?? "";
}

function childrenOf(tree: SpanTree): { roots: number[]; of: (span: number) => number[] } {
  const roots: number[] = [];
  const children = new Map<number, number[]>();
  for (let span = 0; span < tree.count; span++) {
    const parent = tree.parent[span]!;
    if (parent < 0) roots.push(span);
    else if (children.has(parent)) children.get(parent)!.push(span);
    else children.set(parent, [span]);
  }
  return { roots, of: (span) => children.get(span) ?? [] };
}

/** Whether a change is an improvement. Less is better unless `moreIsBetter`. */
export function betterOrWorse(before: number | null, now: number | null, moreIsBetter = false): "better" | "worse" | null {
  if (before === null || now === null || before === now) return null;
  return now > before === moreIsBetter ? "better" : "worse";
}
