import { useMemo } from "react";
import { treeGraph } from "../../../core/trace/treeGraph";
import GraphView from "../../graph/GraphView";
import type { SpanSelection } from "../useSpanSelection";
import type { TraceModel } from "../useTrace";

/** The step graph of one trace. A node selects its first failed span, or its first span if none failed. */
export default function TraceGraph({ model, selection, onShow }: { model: TraceModel; selection: SpanSelection; onShow?: () => void }) {
  const { tree } = model;
  const graph = useMemo(() => treeGraph(tree), [tree]);
  return (
    <div className="trace-graph">
      <GraphView
        graph={graph}
        link={(node, content) => {
          const spans = graph.spans[node]!;
          const first = spans.find((span) => tree.failed[span]) ?? spans[0]!;
          const isSelected = spans.includes(selection.span);
          return <button type="button" aria-pressed={isSelected} onClick={() => { selection.select(first); onShow?.(); }}>{content}</button>;
        }}
      />
    </div>
  );
}
