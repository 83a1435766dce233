// Traces side by side: the spans of each are aligned by where they are in the tree, by name, and by their order.
import type { SpanTree } from "./trace/spanTree";

export interface AlignedSpan {
  name: string;
  type: string;
  depth: number;
  /** The span's place in each trace's tree; -1 where that trace has none. */
  spans: number[];
  change: "same" | "added" | "removed" | "changed";
}

interface PendingGroup {
  depth: number;
  children: number[][];
}

/** All spans in the order of reading. The first trace is what the others are compared with. */
export function alignSpans(trees: readonly SpanTree[]): AlignedSpan[] {
  const below = trees.map(childrenOf);
  const rows: AlignedSpan[] = [];
  // A list of its own rather than recursion: a trace may be ten thousand spans deep.
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

/** Each group has the span of every trace, -1 where it has none. The k-th of a name goes with the k-th of that name. */
function alignSiblings(trees: readonly SpanTree[], siblings: readonly number[][]): number[][] {
  let order: string[] = [];
  const groups = new Map<string, number[]>();
  siblings.forEach((spans, trace) => {
    const seen = new Map<string, number>();
    // New names come after the known one that was before them.
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

/** Whether less of a figure is better, so that a difference can be good or bad news. */
export function betterOrWorse(before: number | null, now: number | null, moreIsBetter = false): "better" | "worse" | null {
  if (before === null || now === null || before === now) return null;
  return now > before === moreIsBetter ? "better" : "worse";
}
