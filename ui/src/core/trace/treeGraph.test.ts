import fc from "fast-check";
import { expect, test } from "vitest";
import type { SpanTreePage } from "../types";
import { readSpanTree } from "./spanTree";
import { treeGraph } from "./treeGraph";

interface SpanSpec {
  name: string;
  parent: number;
  start: number;
  duration: number;
  failed?: boolean;
}

/** A tree of spans in pre-order. */
function treeOf(spans: SpanSpec[]) {
  const strings = [...new Set(["LLM", ...spans.map(({ name }) => name)])];
  const column = <T>(value: (span: SpanSpec) => T) => spans.map(value);
  const page = {
    first: 0, spans_total: spans.length, next: null, start_ns: "0", duration_us: Math.max(0, ...spans.map(({ start, duration }) => start + duration)), strings,
    id: spans.map((_, at) => `s${at}`), parent: column(({ parent }) => parent), name: column(({ name }) => strings.indexOf(name)), type: column(() => 0),
    model: column(() => -1), start: column(({ start }) => start), duration: column(({ duration }) => duration), status: column(({ failed }) => (failed ? 2 : 1)),
    tokens: column(() => null), input_tokens: column(() => null), output_tokens: column(() => null), cost: column(() => null), first_token: column(() => null),
    error: column(() => null), orphan: [], session: null,
  };
  return readSpanTree([page as unknown as SpanTreePage]);
}

const edges = (spans: SpanSpec[]) => {
  const { nodes, edges } = treeGraph(treeOf(spans));
  return edges.map(({ from, to, kind, calls, errors }) => `${nodes[from]!.name} ${kind} ${nodes[to]!.name} ${calls} ${errors}`).sort();
};

test("an agent that calls a model, a tool, and the model again", () => {
  const spans = [
    { name: "ask", parent: -1, start: 0, duration: 100 },
    { name: "call", parent: 0, start: 0, duration: 20 },
    { name: "search", parent: 0, start: 20, duration: 30, failed: true },
    { name: "call", parent: 0, start: 50, duration: 40 },
  ];
  expect(edges(spans)).toEqual(["ask calls call 2 0", "ask calls search 1 1", "call followed_by search 1 1", "search followed_by call 1 0"]);
  const { nodes, spans: of } = treeGraph(treeOf(spans));
  expect(nodes.map(({ name, calls, path_share }) => [name, calls, path_share])).toEqual([["ask", 1, 0.1], ["call", 2, 0.6], ["search", 1, 0.3]]);
  expect(of).toEqual([[0], [1, 3], [2]]);
});

test("concurrent calls do not follow each other; the next call follows the one that ended last", () => {
  const spans = [
    { name: "plan", parent: -1, start: 0, duration: 100 },
    { name: "a", parent: 0, start: 0, duration: 20 },
    { name: "b", parent: 0, start: 5, duration: 30 },
    { name: "join", parent: 0, start: 40, duration: 10 },
  ];
  expect(edges(spans).filter((edge) => edge.includes("followed"))).toEqual(["b followed_by join 1 0"]);
});

test("each span is called at most once and follows at most one", () => {
  const seed = Date.now();
  const any = fc.array(fc.record({ start: fc.nat(50), duration: fc.nat(30), name: fc.constantFrom("a", "b") }), { maxLength: 12 });
  fc.assert(
    fc.property(any, (children) => {
      const spans = [{ name: "root", parent: -1, start: 0, duration: 100 }, ...children.toSorted((a, b) => a.start - b.start).map((child) => ({ ...child, parent: 0 }))];
      const graph = treeGraph(treeOf(spans));
      const sum = (kind: string) => graph.edges.filter((edge) => edge.kind === kind).reduce((total, { calls }) => total + calls, 0);
      // Counts by brute force the spans that began after a sibling had ended.
      const later = spans.slice(1).filter((span) => spans.slice(1).some((other) => other.start + other.duration <= span.start && other.start < span.start));
      expect(sum("calls")).toBe(children.length);
      expect(sum("followed_by")).toBe(later.length);
    }),
    { seed, verbose: true },
  );
});
