import { useMemo } from "react";
import { alignSpans, type AlignedSpan } from "../../../core/alignSpans";
import type { SpanTree } from "../../../core/trace/spanTree";
import type { TraceRow } from "../../../core/types";
import { ComparedCall } from "./ComparedCall";

const LLM = new Set(["LLM", "CHAT_MODEL"]);
const CALLS_MAX = 50;

/** Model calls that at least two traces have, with the changes in their prompts. */
export function Prompts({ traces, trees, sideBySide }: { traces: TraceRow[]; trees: SpanTree[]; sideBySide: boolean }) {
  const calls = useMemo(() => alignSpans(trees).filter(isSharedCall), [trees]);
  if (calls.length === 0) return null;
  return (
    <section className="stack">
      <h2>Prompts by call</h2>
      <div className="compare-prompts">
        {calls.slice(0, CALLS_MAX).map((call, at) => (
          <ComparedCall key={at} number={at + 1} call={call} traces={traces} trees={trees} sideBySide={sideBySide} />
        ))}
      </div>
      {calls.length > CALLS_MAX && <p className="meta">The first {CALLS_MAX} of {calls.length} calls that the traces share.</p>}
    </section>
  );
}

function isSharedCall({ type, spans }: AlignedSpan): boolean {
  return LLM.has(type.toUpperCase()) && spans[0]! >= 0 && spans.filter((span) => span >= 0).length > 1;
}
