// Computes the step graph of one trace, with the rules that the server uses for many traces.
import type { GraphEdge, GraphNode } from "../types";
import { criticalPath } from "./criticalPath";
import { nearestRank } from "./nearestRank";
import { childrenOf, endUs, nameOf, type SpanTree, typeOf } from "./spanTree";

export interface TreeGraph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** The spans of each node. */
  spans: number[][];
}

export function treeGraph(tree: SpanTree): TreeGraph {
  const places = new Map<string, number>();
  const spans: number[][] = [];
  const nodeOf = new Int32Array(tree.count);
  for (let span = 0; span < tree.count; span++) {
    const key = `${tree.type[span]} ${tree.name[span]}`;
    let place = places.get(key);
    if (place === undefined) {
      place = spans.push([]) - 1;
      places.set(key, place);
    }
    spans[place]!.push(span);
    nodeOf[span] = place;
  }
  const path = criticalPath(tree);
  const edges = new Map<string, GraphEdge>();
  const add = (from: number, to: number, kind: GraphEdge["kind"]) => {
    const key = `${nodeOf[from]} ${nodeOf[to]} ${kind}`;
    const edge = edges.get(key) ?? { from: nodeOf[from]!, to: nodeOf[to]!, kind, calls: 0, errors: 0 };
    edge.calls++;
    edge.errors += tree.failed[to]!;
    edges.set(key, edge);
  };
  for (let span = 0; span < tree.count; span++) {
    const children = childrenOf(tree, span);
    for (const child of children) add(span, child, "calls");
    for (const [before, child] of followed(tree, children)) add(before, child, "followed_by");
  }
  const node = (of: number[]): GraphNode => {
    const durationsMs = Float64Array.from(of, (span) => tree.duration[span]! / 1000).sort();
    return {
      name: nameOf(tree, of[0]!),
      span_type: typeOf(tree, of[0]!),
      filter: "",
      calls: of.length,
      traces: 1,
      errors: sum(of, (span) => tree.failed[span]!),
      p50_ms: nearestRank(durationsMs, 0.5),
      p95_ms: nearestRank(durationsMs, 0.95),
      path_share: path.totalUs === 0 ? 0 : sum(of, (span) => path.own[span]!) / path.totalUs,
      total_tokens: sum(of, (span) => tree.tokens[span] ?? 0),
      cost: sum(of, (span) => tree.cost[span] ?? 0),
    };
  };
  return { nodes: spans.map(node), edges: [...edges.values()].sort((a, b) => b.calls - a.calls), spans };
}

/** Pairs of siblings: each one that began after another had ended, with the one that ended last before it. */
function followed(tree: SpanTree, siblings: number[]): [number, number][] {
  const pairs: [number, number][] = [];
  // Siblings are sorted by start, so all that can have ended before this one are already visited.
  const byEnd: number[] = [];
  for (const span of siblings) {
    const at = byEnd.findLastIndex((other) => endUs(tree, other) <= tree.start[span]! && tree.start[other]! < tree.start[span]!);
    if (0 <= at) pairs.push([byEnd[at]!, span]);
    const place = byEnd.findLastIndex((other) => endUs(tree, other) <= endUs(tree, span));
    byEnd.splice(place + 1, 0, span);
  }
  return pairs;
}

function sum(spans: number[], value: (span: number) => number): number {
  return spans.reduce((total, span) => total + value(span), 0);
}
