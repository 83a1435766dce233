import fc from "fast-check";
import { expect, test } from "vitest";
import type { SpanTreePage } from "./types";
import { alignSpans, betterOrWorse } from "./alignSpans";
import { readSpanTree, type SpanTree } from "./trace/spanTree";

interface Node { name: string; failed?: boolean; model?: string; below?: Node[] }

/** A trace with these root spans, one after the other. */
function trace(...roots: Node[]): SpanTree {
  const strings: string[] = [];
  const place = (text: string) => (strings.includes(text) ? strings.indexOf(text) : strings.push(text) - 1);
  const spans: { node: Node; parent: number }[] = [];
  const walk = (nodes: Node[], parent: number) => {
    for (const node of nodes) walk(node.below ?? [], spans.push({ node, parent }) - 1);
  };
  walk(roots, -1);
  const none = spans.map(() => null);
  return readSpanTree([{
    trace: {} as SpanTreePage["trace"], session: null, start_ns: "0", duration_us: 1000, spans_total: spans.length, first: 0, next: null, strings,
    id: spans.map((_, at) => at.toString(16).padStart(16, "0")), parent: spans.map(({ parent }) => parent), orphan: [],
    name: spans.map(({ node }) => place(node.name)), type: spans.map(() => place("CHAIN")), start: spans.map((_, at) => at), duration: spans.map(() => 1),
    status: spans.map(({ node }) => (node.failed ? 2 : 1)), model: spans.map(({ node }) => (node.model ? place(node.model) : -1)),
    tokens: none, input_tokens: none, output_tokens: none, cost: none, first_token: none, error: none,
  }]);
}

const lines = (...trees: SpanTree[]) =>
  alignSpans(trees).map(({ name, depth, change, spans }) => `${"  ".repeat(depth)}${name} ${spans.map((span) => (span < 0 ? "-" : "x")).join("")} ${change}`);

test("a step that is missing in one trace has the position it has in the other", () => {
  const before = trace({ name: "agent", below: [{ name: "plan" }, { name: "search", below: [{ name: "embed" }] }, { name: "answer" }] });
  const after = trace({ name: "agent", below: [{ name: "search", below: [{ name: "embed" }, { name: "rerank" }] }, { name: "answer" }, { name: "log" }] });
  expect(lines(before, after)).toEqual([
    "agent xx same",
    "  plan x- removed",
    "  search xx same",
    "    embed xx same",
    "    rerank -x added",
    "  answer xx same",
    "  log -x added",
  ]);
});

test("spans of one name are aligned by order, and only below the same parent", () => {
  const before = trace({ name: "a", below: [{ name: "call" }, { name: "call" }] }, { name: "b", below: [{ name: "call" }] });
  const after = trace({ name: "a", below: [{ name: "call" }] }, { name: "b", below: [{ name: "call" }, { name: "call" }] });
  expect(lines(before, after)).toEqual(["a xx same", "  call xx same", "  call x- removed", "b xx same", "  call xx same", "  call -x added"]);
});

test("a span has changed if it failed or used another model", () => {
  const before = trace({ name: "a", model: "m-1" }, { name: "b" }, { name: "c", model: "m-1" });
  const after = trace({ name: "a", model: "m-2" }, { name: "b", failed: true }, { name: "c", model: "m-1" });
  expect(lines(before, after)).toEqual(["a xx changed", "b xx changed", "c xx same"]);
});

test("with several traces, a span missing in the first is added, and one missing in any other is removed", () => {
  expect(lines(trace({ name: "a" }), trace({ name: "a" }, { name: "b" }), trace({ name: "b" }))).toEqual(["a xx- removed", "b -xx added"]);
});

test("a trace compared with itself has no changes, and all its spans are listed in order", () => {
  const name = fc.constantFrom("a", "b", "1 a", "");
  const { node } = fc.letrec<{ node: Node }>((tie) => ({
    node: fc.oneof({ maxDepth: 4 }, fc.record({ name }), fc.record({ name, below: fc.array(tie("node"), { maxLength: 4 }) })),
  }));
  fc.assert(fc.property(fc.array(node, { maxLength: 3 }), fc.array(node, { maxLength: 3 }), (some, others) => {
    const one = trace(...some);
    const other = trace(...others);
    expect(alignSpans([one, one]).every(({ change, spans }) => change === "same" && spans[0] === spans[1])).toBe(true);
    const rows = alignSpans([one, other]);
    expect(rows.map(({ spans }) => spans[0]!).filter((span) => span >= 0)).toEqual([...one.id.keys()]);
    expect(rows.map(({ spans }) => spans[1]!).filter((span) => span >= 0).toSorted((a, b) => a - b)).toEqual([...other.id.keys()]);
  }));
});

test("ten thousand spans, deep or wide, are aligned quickly", () => {
  let deep: Node = { name: "leaf" };
  for (let at = 0; at < 5000; at++) deep = { name: "step", below: [deep] };
  // The helper of this test is recursive, which limits the depth of the trace here.
  const wide = trace({ name: "root", below: Array.from({ length: 10_000 }, (_, at) => ({ name: `call ${at % 7}` })) });
  const began = performance.now();
  expect(alignSpans([trace(deep), trace(deep)])).toHaveLength(5001);
  expect(alignSpans([wide, wide])).toHaveLength(10_001);
  expect(performance.now() - began).toBeLessThan(2000);
});

test("less time and a higher score are better; no difference is neither better nor worse", () => {
  expect(betterOrWorse(10, 5)).toBe("better");
  expect(betterOrWorse(0.5, 0.7, true)).toBe("better");
  expect(betterOrWorse(0.7, 0.5, true)).toBe("worse");
  expect(betterOrWorse(5, 5)).toBeNull();
  expect(betterOrWorse(null, 5)).toBeNull();
});
