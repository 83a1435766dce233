// Computes positions for the nodes of a directed graph, and lines for its edges. Import it lazily, as it needs dagre.
import { Graph, layout } from "@dagrejs/dagre";

export interface Point {
  x: number;
  y: number;
}

export interface GraphLayout {
  width: number;
  height: number;
  /** The upper left corner of each node. */
  nodes: Point[];
  /** The points of each edge, from node to node. */
  edges: Point[][];
}

export const NODE = { width: 196, height: 58 };

/** Places callers above their callees, and steps above those that follow. */
export function layoutGraph(nodes: number, edges: readonly { from: number; to: number; kind: string }[]): GraphLayout {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 28, edgesep: 14, ranksep: 48, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (let node = 0; node < nodes; node++) graph.setNode(String(node), { ...NODE });
  for (const { from, to, kind } of edges) graph.setEdge(String(from), String(to), {}, kind);
  layout(graph);
  const whole = graph.graph() as { width?: number; height?: number };
  return {
    width: whole.width ?? 0,
    height: whole.height ?? 0,
    nodes: Array.from({ length: nodes }, (_, at) => {
      const { x, y } = graph.node(String(at)) as Point;
      return { x: x - NODE.width / 2, y: y - NODE.height / 2 };
    }),
    edges: edges.map(({ from, to, kind }) => (graph.edge(String(from), String(to), kind) as { points?: Point[] }).points ?? []),
  };
}

/** A smooth line through points, as the `d` of an SVG path. */
export function smoothPath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (!first || !last) return "";
  const at = ({ x, y }: Point) => `${round(x)} ${round(y)}`;
  const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  let path = `M${at(first)}`;
  for (let n = 0; n < rest.length - 1; n++) path += `Q${at(rest[n]!)} ${at(middle(rest[n]!, rest[n + 1]!))}`;
  return `${path}L${at(last)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
