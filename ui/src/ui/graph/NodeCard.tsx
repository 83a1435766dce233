import { count, duration, percent, plural } from "../../core/format";
import type { GraphNode } from "../../core/types";
import { StepName } from "../steps/StepName";

/** The content of a node: the step with its calls, failures, duration and share of the critical path. */
export function NodeCard({ node }: { node: GraphNode }) {
  return (
    <span className="node-card">
      <StepName name={node.name} type={node.span_type} />
      <span className="meta">
        <span title={plural(node.calls, "call")}>×{count(node.calls)}</span>
        <span title="Duration, p50">{duration(node.p50_ms)}</span>
        {0 < node.path_share && <span title="Share of the critical path">{percent(node.path_share)}</span>}
        {0 < node.errors && <span className="error-text" title={`${node.errors} failed`}>✕ {percent(node.errors / node.calls)}</span>}
      </span>
    </span>
  );
}
