// A trace as a conversation: inputs, outputs of models, results of tools and retrievers.
import { isLlm, typeOf, type SpanTree } from "./spanTree";

export type TranscriptKind = "input" | "llm" | "tool" | "retrieval" | "agent" | "step" | "output";

export interface TranscriptItem {
  kind: TranscriptKind;
  span: number;
  level: number;
}

const RETRIEVAL = new Set(["RETRIEVER", "RERANKER"]);

/** The items in pre-order. Nested agents are collapsed unless they are in `open`; steps are shown if requested, or if they failed. */
export function transcript(tree: SpanTree, open: ReadonlySet<number>, withSteps: boolean): TranscriptItem[] {
  const items: TranscriptItem[] = [];
  // Ancestors not yet finished: where each ends, and whether its output is shown there.
  const above: { end: number; span: number; answers: boolean; indents: boolean }[] = [];
  const leave = (before: number) => {
    while (above.length && above.at(-1)!.end <= before) {
      const { span, answers } = above.pop()!;
      if (answers) items.push({ kind: "output", span, level: levelOf(above) });
    }
  };
  for (let span = 0; span < tree.count; ) {
    leave(span);
    const kind = kindOf(tree, span);
    // A framework's model call contains the provider's call with the same messages.
    if (kind === "llm" && isInnerCall(tree, span) && !tree.failed[span]) {
      span++;
      continue;
    }
    const level = levelOf(above);
    const hasInside = span + 1 < tree.end[span]!;
    if (kind !== "step" || withSteps || tree.failed[span] === 1) items.push({ kind, span, level });
    if (kind === "agent" && !open.has(span)) {
      span = tree.end[span]!;
      continue;
    }
    if (hasInside) above.push({ end: tree.end[span]!, span, answers: kind === "input" || kind === "agent", indents: kind === "agent" || kind === "tool" || kind === "retrieval" });
    else if (kind === "input") items.push({ kind: "output", span, level });
    span++;
  }
  leave(tree.count);
  return items;
}

function kindOf(tree: SpanTree, span: number): TranscriptKind {
  const type = typeOf(tree, span);
  if (isLlm(type)) return "llm";
  if (tree.parent[span]! < 0) return "input";
  if (type === "TOOL") return "tool";
  if (RETRIEVAL.has(type)) return "retrieval";
  return type === "AGENT" && span + 1 < tree.end[span]! ? "agent" : "step";
}

/** A model call directly inside another one, such as `openai.chat` inside `ChatOpenAI`. */
function isInnerCall(tree: SpanTree, span: number): boolean {
  const parent = tree.parent[span]!;
  return 0 <= parent && isLlm(typeOf(tree, parent));
}

function levelOf(above: { indents: boolean }[]): number {
  return above.reduce((sum, it) => sum + (it.indents ? 1 : 0), 0);
}

/** The model call whose messages a later one repeats: the previous call of the same agent. */
export function previousInTranscript(tree: SpanTree, items: TranscriptItem[], at: number): number | null {
  const { span, level } = items[at]!;
  for (let before = at - 1; 0 <= before; before--) {
    const item = items[before]!;
    if (item.kind === "llm" && item.level === level) return item.span;
    if (item.level < level || (item.kind === "agent" && span < tree.end[item.span]!)) return null;
  }
  return null;
}
