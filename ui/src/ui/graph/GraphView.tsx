import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { layoutGraph, NODE } from "../../core/graphLayout";
import { exact, percent } from "../../core/format";
import type { GraphEdge, GraphNode } from "../../core/types";
import { Button } from "../Button";
import { TableToggle } from "../chart/TableToggle";
import { Edges } from "./Edges";
import { GraphTable } from "./GraphTable";
import { NodeCard } from "./NodeCard";
import "./graph.css";

export interface GraphData {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

type Shown = "both" | "calls" | "followed_by";
const SHOWN: { id: Shown; label: string }[] = [
  { id: "both", label: "Calls and order" }, { id: "calls", label: "Calls" }, { id: "followed_by", label: "Order" },
];

/** A step graph: steps as nodes, calls and order as edges. It can also be shown as a table. */
export default function GraphView({ graph, link }: {
  graph: GraphData;
  /** Wraps the content of a node in a link or button. */
  link: (node: number, content: ReactNode) => ReactNode;
}) {
  const [shown, setShown] = useState<Shown>("both");
  const [asTable, setAsTable] = useState(false);
  const [at, setAt] = useState<number | null>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const edges = useMemo(() => graph.edges.filter(({ kind }) => shown === "both" || kind === shown), [graph, shown]);
  const layout = useMemo(() => layoutGraph(graph.nodes.length, edges), [graph, edges]);

  const move = (event: KeyboardEvent) => {
    const next = at === null ? null : neighbour(event.key, at, edges, layout.nodes);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    canvas.current?.querySelector<HTMLElement>(`[data-node="${next}"] :is(a, button)`)?.focus();
  };
  return (
    <div className="graph stack">
      <div className="row wrap">
        <div className="segmented" role="group" aria-label="Edges">
          {SHOWN.map(({ id, label }) => <Button key={id} aria-pressed={shown === id} onClick={() => setShown(id)}>{label}</Button>)}
        </div>
        <span className="meta grow">Width: number of calls. Red: failed calls. Dashed: one step after the other. Arrow keys move along edges.</span>
        <TableToggle title="Graph" asTable={asTable} onToggle={() => setAsTable(!asTable)} />
      </div>
      {asTable ? <GraphTable nodes={graph.nodes} edges={edges} link={link} /> : (
        <div className="graph-scroll" role="region" aria-label="Graph of steps" tabIndex={-1}>
          <div className="graph-canvas" ref={canvas} style={{ width: layout.width, height: layout.height }} onKeyDown={move} onBlur={() => setAt(null)}>
            <Edges edges={edges} layout={layout} lit={at} />
            {graph.nodes.map((node, place) => (
              <div
                key={place} className="graph-node" data-node={place} data-failed={0 < node.errors}
                style={{ width: NODE.width, height: NODE.height, transform: `translate(${layout.nodes[place]!.x}px, ${layout.nodes[place]!.y}px)` }}
                onFocus={() => setAt(place)} onMouseEnter={() => setAt(place)} onMouseLeave={() => setAt(null)}
              >
                {link(place, <NodeCard node={node} />)}
              </div>
            ))}
          </div>
        </div>
      )}
      {edges.length === 0 && <p className="meta">No step {shown === "followed_by" ? "follows" : "calls"} another.</p>}
      <p className="visually-hidden" role="status">{at !== null && edgesOf(at, graph.nodes, edges)}</p>
    </div>
  );
}

/** The node that an arrow key moves to: along the busiest edge down or up, or sideways to the next node at the same height. */
function neighbour(key: string, at: number, edges: GraphEdge[], places: { x: number; y: number }[]): number | null {
  if (key === "ArrowDown") return edges.find(({ from, to }) => from === at && to !== at && places[at]!.y < places[to]!.y)?.to ?? null;
  if (key === "ArrowUp") return edges.find(({ from, to }) => to === at && from !== at && places[from]!.y < places[at]!.y)?.from ?? null;
  if (key !== "ArrowLeft" && key !== "ArrowRight") return null;
  const here = places[at]!;
  const side = key === "ArrowRight" ? 1 : -1;
  const beside = places.map((place, node) => ({ node, far: (place.x - here.x) * side, y: place.y })).filter(({ far, y }) => 0 < far && Math.abs(y - here.y) < NODE.height);
  return beside.sort((a, b) => a.far - b.far)[0]?.node ?? null;
}

/** The edges of a node in words, for screen readers. */
function edgesOf(at: number, nodes: GraphNode[], edges: GraphEdge[]): string {
  const words = edges.filter(({ from }) => from === at).map(({ to, kind, calls, errors }) => {
    const failed = errors ? `, ${percent(errors / calls)} failed` : "";
    return `${kind === "calls" ? "calls" : "is followed by"} ${nodes[to]!.name} ${exact(calls)} times${failed}`;
  });
  return words.length === 0 ? `${nodes[at]!.name} calls nothing` : `${nodes[at]!.name} ${words.join("; ")}`;
}
