import { type GraphLayout, smoothPath } from "../../core/graphLayout";
import { exact } from "../../core/format";
import type { GraphEdge } from "../../core/types";

const WIDTH = { least: 1.25, most: 8 };

/** The lines between nodes. Their width grows with the number of calls; the share of failed calls is red. */
export function Edges({ edges, layout, lit }: {
  edges: GraphEdge[];
  layout: GraphLayout;
  /** The node whose edges are highlighted. */
  lit: number | null;
}) {
  const most = Math.max(1, ...edges.map(({ calls }) => calls));
  return (
    <svg className="graph-edges" width={layout.width} height={layout.height} aria-hidden>
      {edges.map((edge, at) => {
        const points = layout.edges[at] ?? [];
        const width = WIDTH.least + (WIDTH.most - WIDTH.least) * Math.sqrt(edge.calls / most);
        const path = smoothPath(points);
        const state = lit === null ? undefined : edge.from === lit || edge.to === lit ? "on" : "off";
        const middle = points[Math.floor(points.length / 2)];
        const last = points.at(-1);
        const before = points.at(-2);
        return (
          <g key={`${edge.from} ${edge.to} ${edge.kind}`} data-kind={edge.kind} data-lit={state}>
            <path d={path} strokeWidth={width} />
            {0 < edge.errors && <path className="failed" d={path} strokeWidth={Math.max(WIDTH.least, width * (edge.errors / edge.calls))} />}
            {last && before && <polygon points={arrowHead(before, last, width)} data-failed={edge.errors === edge.calls} />}
            {middle && <text x={middle.x + width / 2 + 4} y={middle.y}>{exact(edge.calls)}</text>}
          </g>
        );
      })}
    </svg>
  );
}

function arrowHead(from: { x: number; y: number }, to: { x: number; y: number }, width: number): string {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const [dx, dy] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const size = 5 + width;
  const [x, y] = [to.x - dx * size, to.y - dy * size];
  const half = size / 2;
  return `${to.x},${to.y} ${x - dy * half},${y + dx * half} ${x + dy * half},${y - dx * half}`;
}
