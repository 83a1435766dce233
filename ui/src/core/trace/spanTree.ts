// The spans of a trace as columns in pre-order: each span before its descendants, siblings by start.
// Everything here is one pass over the columns: a trace may have a hundred thousand spans.
import type { SpanTreePage } from "../types";

export interface SpanTree {
  count: number;
  /** Number of spans on the server; larger than `count` while pages are loading. */
  total: number;
  durationUs: number;
  startNs: bigint;
  strings: string[];
  id: string[];
  /** -1 for roots. */
  parent: Int32Array;
  depth: Int32Array;
  /** Index after the last descendant. */
  end: Int32Array;
  name: Int32Array;
  type: Int32Array;
  model: Int32Array;
  start: Float64Array;
  /** µs; an open span lasts to the end of the trace. */
  duration: Float64Array;
  open: Uint8Array;
  failed: Uint8Array;
  /** Number of failed descendants, without the span itself. */
  failedBelow: Int32Array;
  orphan: Uint8Array;
  orphans: number;
  tokens: (number | null)[];
  inputTokens: (number | null)[];
  outputTokens: (number | null)[];
  cost: (number | null)[];
  firstToken: (number | null)[];
  error: (string | null)[];
  indexOf: Map<string, number>;
}

/** Joins pages into one tree. Pages must be consecutive; reading stops at a gap. */
export function readSpanTree(pages: SpanTreePage[]): SpanTree {
  const usable = orderPages(pages);
  const first = usable[0];
  const count = usable.reduce((sum, page) => sum + page.id.length, 0);
  const tree: SpanTree = {
    count,
    total: Math.max(count, ...usable.map((page) => page.spans_total)),
    durationUs: Math.max(0, ...usable.map((page) => page.duration_us)),
    startNs: BigInt(first?.start_ns ?? "0"),
    strings: [],
    id: [],
    parent: new Int32Array(count),
    depth: new Int32Array(count),
    end: new Int32Array(count),
    name: new Int32Array(count),
    type: new Int32Array(count),
    model: new Int32Array(count),
    start: new Float64Array(count),
    duration: new Float64Array(count),
    open: new Uint8Array(count),
    failed: new Uint8Array(count),
    failedBelow: new Int32Array(count),
    orphan: new Uint8Array(count),
    orphans: 0,
    tokens: [],
    inputTokens: [],
    outputTokens: [],
    cost: [],
    firstToken: [],
    error: [],
    indexOf: new Map(),
  };
  const places = new Map<string, number>();
  for (const page of usable) addPage(tree, page, places);
  nest(tree);
  return tree;
}

function orderPages(pages: SpanTreePage[]): SpanTreePage[] {
  const usable: SpanTreePage[] = [];
  let next = 0;
  for (const page of pages) {
    if (page.first !== next) break;
    usable.push(page);
    next += page.id.length;
  }
  return usable;
}

function addPage(tree: SpanTree, page: SpanTreePage, places: Map<string, number>): void {
  const place = page.strings.map((text) => {
    let at = places.get(text);
    if (at === undefined) {
      at = tree.strings.push(text) - 1;
      places.set(text, at);
    }
    return at;
  });
  for (let at = 0; at < page.id.length; at++) {
    const span = tree.id.push(page.id[at]!) - 1;
    tree.indexOf.set(page.id[at]!, span);
    tree.parent[span] = page.parent[at] ?? -1;
    tree.name[span] = place[page.name[at] ?? 0] ?? 0;
    tree.type[span] = place[page.type[at] ?? 0] ?? 0;
    const model = page.model[at] ?? -1;
    tree.model[span] = model < 0 ? -1 : (place[model] ?? -1);
    const start = page.start[at] ?? 0;
    const duration = page.duration[at] ?? null;
    tree.start[span] = start;
    tree.open[span] = duration === null ? 1 : 0;
    tree.duration[span] = duration ?? Math.max(0, tree.durationUs - start);
    tree.failed[span] = page.status[at] === 2 ? 1 : 0;
    tree.tokens.push(page.tokens[at] ?? null);
    tree.inputTokens.push(page.input_tokens[at] ?? null);
    tree.outputTokens.push(page.output_tokens[at] ?? null);
    tree.cost.push(page.cost[at] ?? null);
    tree.firstToken.push(page.first_token[at] ?? null);
    tree.error.push(page.error?.[at] ?? null);
  }
  for (const span of page.orphan) {
    if (span < tree.count && !tree.orphan[span]) {
      tree.orphan[span] = 1;
      tree.orphans++;
    }
  }
}

/** Computes depths front to back, and ends and failures back to front, when all descendants are known. */
function nest(tree: SpanTree): void {
  const { count, parent, depth, end, failed, failedBelow } = tree;
  const path: number[] = [];
  for (let span = 0; span < count; span++) {
    // Only spans whose subtree is not complete yet can be parents; a span with another parent becomes a root.
    while (path.length && path.at(-1) !== parent[span]) path.pop();
    if (!path.length) parent[span] = -1;
    path.push(span);
    depth[span] = parent[span]! < 0 ? 0 : depth[parent[span]!]! + 1;
    end[span] = span + 1;
  }
  for (let span = count - 1; 0 <= span; span--) {
    const above = parent[span]!;
    if (above < 0) continue;
    if (end[above]! < end[span]!) end[above] = end[span]!;
    failedBelow[above]! += failedBelow[span]! + failed[span]!;
  }
}

export function nameOf(tree: SpanTree, span: number): string {
  return tree.strings[tree.name[span]!] ?? "";
}

export function typeOf(tree: SpanTree, span: number): string {
  return tree.strings[tree.type[span]!] ?? "UNKNOWN";
}

export function modelOf(tree: SpanTree, span: number): string | null {
  const model = tree.model[span]!;
  return model < 0 ? null : (tree.strings[model] ?? null);
}

export function endUs(tree: SpanTree, span: number): number {
  return tree.start[span]! + tree.duration[span]!;
}

/** The children of a span, by start. */
export function childrenOf(tree: SpanTree, span: number): number[] {
  const children: number[] = [];
  for (let at = span + 1; at < tree.end[span]!; at = tree.end[at]!) children.push(at);
  return children;
}

export function rootsOf(tree: SpanTree): number[] {
  const roots: number[] = [];
  for (let at = 0; at < tree.count; at = tree.end[at]!) roots.push(at);
  return roots;
}

export function isLlm(type: string): boolean {
  return type === "LLM" || type === "CHAT_MODEL";
}
