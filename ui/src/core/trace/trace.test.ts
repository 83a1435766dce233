import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SpanTreePage } from "../types";
import { sortStats, statsByName } from "./byName";
import { criticalPath } from "./criticalPath";
import { findFolds } from "./folds";
import { flameBoxes, spanAt } from "./flame";
import { packMinimap } from "./minimap";
import { NOTHING_CHOSEN, rowsToOpen, rowOf, visibleRows } from "./rows";
import { selfTimes } from "./selfTime";
import { childrenOf, endUs, readSpanTree, rootsOf, type SpanTree } from "./spanTree";
import { subtreeSums } from "./subtreeSums";
import { previousInTranscript, transcript } from "./transcript";
import { ancestors, callsBelow, deepestFailure, nextFailure, previousLlm } from "./walk";

interface GivenSpan {
  parent: number;
  start: number;
  duration: number | null;
  failed?: boolean;
  name?: string;
  type?: string;
  tokens?: number;
  cost?: number;
}

/** A span tree as the server sends it, in pages of `size`. */
function pagesOf(given: GivenSpan[], size = 1000): SpanTreePage[] {
  const order: GivenSpan[] = [];
  const place = new Map<number, number>();
  const below = new Map<number, number[]>();
  given.forEach((span, at) => below.set(span.parent, [...(below.get(span.parent) ?? []), at]));
  const visit = (at: number) => {
    place.set(at, order.push(given[at]!) - 1);
    for (const child of (below.get(at) ?? []).sort((a, b) => given[a]!.start - given[b]!.start)) visit(child);
  };
  for (const root of below.get(-1) ?? []) visit(root);
  const end = Math.max(0, ...order.map((span) => span.start + (span.duration ?? 0)));
  const pages: SpanTreePage[] = [];
  for (let first = 0; first < Math.max(order.length, 1); first += size) {
    const part = order.slice(first, first + size);
    const strings = [...new Set(part.flatMap((span) => [span.name ?? "step", span.type ?? "CHAIN"]))];
    const nulls = part.map(() => null);
    pages.push({
      trace: null as never, session: null, start_ns: "1795279408228999400", duration_us: end, spans_total: order.length, first,
      next: first + part.length < order.length ? first + part.length : null, strings,
      id: part.map((_, at) => `s${first + at}`),
      parent: part.map((span) => (span.parent < 0 ? -1 : place.get(span.parent)!)),
      orphan: [],
      name: part.map((span) => strings.indexOf(span.name ?? "step")),
      type: part.map((span) => strings.indexOf(span.type ?? "CHAIN")),
      start: part.map((span) => span.start),
      duration: part.map((span) => span.duration),
      status: part.map((span) => (span.failed ? 2 : 1)),
      model: part.map(() => -1), tokens: part.map((span) => span.tokens ?? null), input_tokens: nulls, output_tokens: nulls, cost: part.map((span) => span.cost ?? null), first_token: nulls, error: nulls,
    });
  }
  return pages;
}

const anyTrace = fc
  .array(fc.record({ up: fc.nat(), start: fc.nat(1000), duration: fc.option(fc.nat(1000)), failed: fc.boolean(), name: fc.constantFrom("a", "b") }), { minLength: 1, maxLength: 60 })
  .map((spans) => spans.map((span, at): GivenSpan => ({ ...span, parent: at === 0 ? -1 : span.up % (at + 1) === at ? -1 : span.up % at })));

const SUPPORT: GivenSpan[] = [
  { parent: -1, start: 0, duration: 9410, name: "support_agent", type: "AGENT" },
  { parent: 0, start: 30, duration: 1760, name: "plan" },
  { parent: 1, start: 34, duration: 1752, name: "ChatCompletion", type: "CHAT_MODEL" },
  { parent: 0, start: 1790, duration: 5280, name: "search_docs", type: "TOOL", failed: true },
  { parent: 3, start: 1792, duration: 148, name: "embed_query" },
  { parent: 3, start: 1940, duration: 5120, name: "vector_search", failed: true },
  { parent: 0, start: 7070, duration: 2335, name: "ChatCompletion", type: "CHAT_MODEL" },
];

describe("reading a span tree", () => {
  it("nests spans by their parents, whatever the size of the pages", () => {
    fc.assert(fc.property(anyTrace, fc.integer({ min: 1, max: 9 }), (given, size) => {
      const whole = readSpanTree(pagesOf(given));
      const paged = readSpanTree(pagesOf(given, size));
      expect(paged.end).toEqual(whole.end);
      expect(paged.id.map((_, at) => paged.strings[paged.name[at]!])).toEqual(whole.id.map((_, at) => whole.strings[whole.name[at]!]));
      for (let span = 0; span < whole.count; span++) {
        const below = childrenOf(whole, span);
        expect(below.every((child) => whole.parent[child] === span)).toBe(true);
        expect(whole.end[span]! - span).toBe(1 + below.reduce((sum, child) => sum + whole.end[child]! - child, 0));
        expect(whole.failedBelow[span]).toBe(below.reduce((sum, child) => sum + whole.failed[child]! + whole.failedBelow[child]!, 0));
      }
    }));
  });

  it("ignores a page after a gap", () => {
    const pages = pagesOf(SUPPORT, 2);
    expect(readSpanTree([pages[0]!, pages[2]!]).count).toBe(2);
    expect(readSpanTree([pages[0]!, pages[2]!]).total).toBe(7);
    expect(readSpanTree([]).count).toBe(0);
  });

  it("makes a span a root if its parent is not among its possible ancestors", () => {
    const [page] = pagesOf(SUPPORT);
    page!.parent[1] = 6;
    expect(rootsOf(readSpanTree([page!]))).toEqual([0, 1, 3, 6]);
  });
});

describe("self time", () => {
  it("is never negative, and equals the time not covered by children", () => {
    fc.assert(fc.property(anyTrace, (given) => {
      const tree = readSpanTree(pagesOf(given));
      const self = selfTimes(tree);
      for (let span = 0; span < tree.count; span++) {
        expect(self[span]).toBeGreaterThanOrEqual(0);
        expect(self[span]).toBe(uncovered(tree, span));
      }
    }));
  });
});

/** Computes self times the slow way, µs by µs. */
function uncovered(tree: SpanTree, span: number): number {
  let sum = 0;
  const children = childrenOf(tree, span);
  for (let us = tree.start[span]!; us < endUs(tree, span); us++) {
    if (!children.some((child) => tree.start[child]! <= us && us < endUs(tree, child))) sum++;
  }
  return sum;
}

describe("the critical path", () => {
  it("consists of the spans that the trace waited for", () => {
    const tree = readSpanTree(pagesOf(SUPPORT));
    const path = criticalPath(tree);
    expect([...path.on]).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(path.own[5]).toBe(5120);
    expect(path.own[0]).toBe(30 + 5);
  });

  it("includes a span that ends shortly after the next one begins", () => {
    const tree = readSpanTree(pagesOf([
      { parent: -1, start: 0, duration: 100 },
      { parent: 0, start: 0, duration: 62, name: "search" },
      { parent: 0, start: 60, duration: 40, name: "answer" },
    ]));
    expect([...criticalPath(tree).own]).toEqual([0, 60, 40]);
  });

  it("leaves out spans that ran at the same time as a longer one", () => {
    const tree = readSpanTree(pagesOf([
      { parent: -1, start: 0, duration: 100 },
      { parent: 0, start: 0, duration: 90, name: "slow" },
      { parent: 0, start: 10, duration: 20, name: "beside" },
    ]));
    expect([...criticalPath(tree).on]).toEqual([1, 1, 0]);
  });

  it("adds up to the length of the root", () => {
    fc.assert(fc.property(anyTrace, (given) => {
      const tree = readSpanTree(pagesOf(given));
      const path = criticalPath(tree);
      const sum = path.own.reduce((a, b) => a + b, 0);
      expect(sum).toBeGreaterThanOrEqual(path.totalUs);
      for (let span = 0; span < tree.count; span++) {
        if (path.on[span] && 0 <= tree.parent[span]!) expect(path.on[tree.parent[span]!]).toBe(1);
      }
    }));
  });

  it("can be computed for a chain of a hundred thousand calls", () => {
    const spans = Array.from({ length: 100_000 }, (_, at) => at);
    const page = { ...pagesOf([SUPPORT[0]!])[0]!, spans_total: spans.length };
    const filled = (value: number) => spans.map(() => value);
    const deep: SpanTreePage = { ...page, id: spans.map(String), parent: spans.map((at) => at - 1), name: filled(0), type: filled(0), start: filled(0), duration: filled(9), status: filled(1), model: filled(-1) };
    const tree = readSpanTree([deep]);
    expect(criticalPath(tree).own[99_999]).toBe(9);
    expect(ancestors(tree, 99_999).length).toBe(99_999);
    expect(visibleRows(tree, findFolds(tree), NOTHING_CHOSEN).count).toBe(100_000);
  });
});

describe("rows", () => {
  it("include all spans except those below a collapsed one", () => {
    fc.assert(fc.property(anyTrace, fc.array(fc.nat(59)), (given, closed) => {
      const tree = readSpanTree(pagesOf(given));
      const collapsed = new Set(closed.filter((span) => span < tree.count));
      const rows = visibleRows(tree, new Map(), { ...NOTHING_CHOSEN, collapsed });
      const shown = [...rows.at.slice(0, rows.count)];
      expect(shown).toEqual(Array.from({ length: tree.count }, (_, span) => span).filter((span) => !ancestors(tree, span).some((above) => collapsed.has(above))));
      shown.forEach((span, row) => expect(rowOf(rows, span)).toBe(row));
    }));
  });

  it("fold long runs, and expand to show a span", () => {
    const given: GivenSpan[] = [{ parent: -1, start: 0, duration: 900 }];
    for (let at = 0; at < 43; at++) given.push({ parent: 0, start: at * 10, duration: 5, name: "page", failed: at === 40 });
    given.push({ parent: 20, start: 195, duration: 1, name: "inner" });
    const tree = readSpanTree(pagesOf(given));
    const folds = findFolds(tree);
    expect([...folds.values()]).toMatchObject([{ first: 1, count: 43, failed: 1, end: tree.count }]);
    const folded = visibleRows(tree, folds, NOTHING_CHOSEN);
    expect([...folded.at.slice(0, folded.count)]).toEqual([0, ~1]);
    const inner = tree.id.findIndex((_, at) => tree.strings[tree.name[at]!] === "inner");
    const opened = visibleRows(tree, folds, rowsToOpen(tree, folds, NOTHING_CHOSEN, inner));
    expect(opened.count).toBe(tree.count + 1);
    expect(opened.level[rowOf(opened, inner)]).toBe(3);
    expect(rowOf(opened, 1)).toBe(2);
  });

  it("sum the tokens, cost and failures of a long run", () => {
    const given: GivenSpan[] = [{ parent: -1, start: 0, duration: 900 }];
    for (let at = 0; at < 40; at++) {
      given.push({ parent: 0, start: at * 10, duration: 9, name: "page" });
      // The tokens of a framework's model call include those of the provider's call inside.
      given.push({ parent: given.length - 1, start: at * 10 + 1, duration: 7, name: "ChatOpenAI", type: "LLM", tokens: 100, cost: 0.25 });
      given.push({ parent: given.length - 1, start: at * 10 + 2, duration: 5, name: "openai.chat", type: "LLM", tokens: 100, failed: at === 7 });
    }
    const tree = readSpanTree(pagesOf(given));
    expect([...findFolds(tree).values()]).toMatchObject([{ count: 40, failed: 1, tokens: 4000, cost: 10 }]);
    expect(subtreeSums(tree).tokens[0]).toBe(4000);
    expect(subtreeSums(readSpanTree(pagesOf(SUPPORT))).cost[0]).toBe(null);
  });

  it("include the ancestors of a span that a filter keeps", () => {
    const tree = readSpanTree(pagesOf(SUPPORT));
    const rows = visibleRows(tree, new Map(), { ...NOTHING_CHOSEN, only: new Set([5]) });
    expect([...rows.at.slice(0, rows.count)]).toEqual([0, 3, 5]);
  });
});

describe("navigation in a trace", () => {
  const tree = readSpanTree(pagesOf(SUPPORT));
  it("shows the deepest failure first", () => expect(deepestFailure(tree)).toBe(5));
  it("wraps around at the end", () => {
    expect(nextFailure(tree, 5, 1)).toBe(3);
    expect(nextFailure(tree, 3, -1)).toBe(5);
    expect(nextFailure(readSpanTree(pagesOf([SUPPORT[0]!])), 0, 1)).toBe(null);
  });
  it("finds the first and the last model call below a span", () => {
    expect(callsBelow(tree, 0)).toEqual({ first: 2, last: 6 });
    expect(callsBelow(tree, 3)).toBe(null);
  });
  it("finds the previous model call", () => expect(previousLlm(tree, 6)).toBe(2));
});

it("adds up by name", () => {
  const tree = readSpanTree(pagesOf(SUPPORT));
  const stats = sortStats(statsByName(tree, selfTimes(tree)), "self");
  expect(stats.slice(0, 2).map((stat) => [stat.name, stat.spans.length, stat.total, stat.failed])).toEqual([
    ["vector_search", 1, 5120, 1],
    ["ChatCompletion", 2, 4087, 0],
  ]);
});

it("packs ten thousand tiny spans into as many bars as there are pixels", () => {
  const given: GivenSpan[] = [{ parent: -1, start: 0, duration: 1e6 }];
  for (let at = 0; at < 10_000; at++) given.push({ parent: 0, start: at * 100, duration: 50 });
  const { bars, lanes } = packMinimap(readSpanTree(pagesOf(given, 20_000)), 500, 8);
  expect(lanes).toBe(2);
  expect(bars.length).toBeLessThanOrEqual(501);
});

describe("the transcript", () => {
  const tree = readSpanTree(pagesOf([
    { parent: -1, start: 0, duration: 100, type: "AGENT" },
    { parent: 0, start: 1, duration: 5, type: "CHAIN" },
    { parent: 0, start: 10, duration: 10, type: "LLM" },
    { parent: 0, start: 20, duration: 10, type: "TOOL" },
    { parent: 3, start: 21, duration: 5, type: "RETRIEVER" },
    { parent: 0, start: 40, duration: 20, type: "AGENT" },
    { parent: 5, start: 41, duration: 5, type: "LLM" },
    { parent: 0, start: 70, duration: 9, type: "LLM" },
  ]));
  const said = (items: ReturnType<typeof transcript>) => items.map((item) => `${item.level} ${item.kind}`);

  it("leaves out steps, and collapses nested agents", () => {
    expect(said(transcript(tree, new Set(), false))).toEqual(["0 input", "0 llm", "0 tool", "1 retrieval", "0 agent", "0 llm", "0 output"]);
  });
  it("shows a model call inside a model call once, unless it failed", () => {
    const nested = (failed: boolean) => readSpanTree(pagesOf([
      { parent: -1, start: 0, duration: 100, type: "CHAIN" },
      { parent: 0, start: 1, duration: 50, type: "CHAT_MODEL" },
      { parent: 1, start: 2, duration: 40, type: "LLM", failed },
      { parent: 0, start: 60, duration: 9, type: "LLM" },
    ]));
    expect(said(transcript(nested(false), new Set(), false))).toEqual(["0 input", "0 llm", "0 llm", "0 output"]);
    expect(said(transcript(nested(true), new Set(), false))).toEqual(["0 input", "0 llm", "0 llm", "0 llm", "0 output"]);
  });
  it("shows steps and the content of nested agents on request", () => {
    expect(said(transcript(tree, new Set([5]), true))).toEqual(["0 input", "0 step", "0 llm", "0 tool", "1 retrieval", "0 agent", "1 llm", "0 output", "0 llm", "0 output"]);
  });
  it("finds the previous model call of the same agent", () => {
    const items = transcript(tree, new Set([5]), false);
    const at = (span: number) => items.findIndex((item) => item.span === span && item.kind === "llm");
    expect(previousInTranscript(tree, items, at(7))).toBe(2);
    expect(previousInTranscript(tree, items, at(6))).toBe(null);
    expect(previousInTranscript(tree, items, at(2))).toBe(null);
  });
});

describe("the flame chart", () => {
  it("draws the visible boxes, and finds the span at a position", () => {
    const tree = readSpanTree(pagesOf(SUPPORT));
    const boxes = flameBoxes(tree, { from: 0, to: 9410 }, 941, 0, 9);
    expect(boxes.length).toBe(7);
    expect(spanAt(boxes, 300, 1)).toBe(3);
    expect(spanAt(boxes, 300, 2)).toBe(5);
    expect(spanAt(boxes, 900, 2)).toBe(null);
    expect(flameBoxes(tree, { from: 8000, to: 9410 }, 941, 0, 9).map((box) => box.span)).toEqual([0, 6]);
  });
  it("draws no more boxes than pixels for tiny spans", () => {
    const given: GivenSpan[] = [{ parent: -1, start: 0, duration: 1e6 }];
    for (let at = 0; at < 10_000; at++) given.push({ parent: 0, start: at * 100, duration: 50 });
    expect(flameBoxes(readSpanTree(pagesOf(given, 20_000)), { from: 0, to: 1e6 }, 500, 0, 9).length).toBeLessThanOrEqual(502);
  });
});
