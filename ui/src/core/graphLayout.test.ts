import { expect, test } from "vitest";
import { layoutGraph, NODE, smoothPath } from "./graphLayout";

const edge = (from: number, to: number, kind = "calls") => ({ from, to, kind });

test("callers are above those they call, and no two nodes overlap", () => {
  const { nodes, edges, width, height } = layoutGraph(4, [edge(0, 1), edge(0, 2), edge(1, 3), edge(2, 3)]);
  expect(nodes[0]!.y).toBeLessThan(nodes[1]!.y);
  expect(nodes[1]!.y).toBeLessThan(nodes[3]!.y);
  for (const [at, a] of nodes.entries()) {
    for (const b of nodes.slice(at + 1)) {
      expect(Math.abs(a.x - b.x) >= NODE.width || Math.abs(a.y - b.y) >= NODE.height).toBe(true);
    }
    expect(a.x >= 0 && a.y >= 0 && a.x + NODE.width <= width && a.y + NODE.height <= height).toBe(true);
  }
  expect(edges.every((points) => 2 <= points.length)).toBe(true);
});

test("loops, two kinds of edges between the same nodes, and isolated nodes are laid out", () => {
  const graph = layoutGraph(3, [edge(0, 1), edge(0, 1, "followed_by"), edge(1, 0, "followed_by"), edge(1, 1)]);
  expect(graph.nodes.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))).toBe(true);
  expect(graph.edges).toHaveLength(4);
  expect(graph.edges[0]).not.toEqual(graph.edges[1]);
  expect(layoutGraph(0, []).nodes).toEqual([]);
});

test("a path goes from the first point to the last", () => {
  expect(smoothPath([{ x: 0, y: 0 }, { x: 10, y: 5.04 }, { x: 20, y: 10 }])).toBe("M0 0Q10 5 15 7.5L20 10");
  expect(smoothPath([])).toBe("");
});
