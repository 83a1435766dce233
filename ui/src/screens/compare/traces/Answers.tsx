import { outputText, inputMessages } from "../../../core/chat/chatText";
import type { SpanTree } from "../../../core/trace/spanTree";
import { useSpans } from "../../../net/comparedTraces";
import type { TraceRow } from "../../../core/types";
import { ErrorState, LoadingRows } from "../../../ui/State";
import { ContentBlock } from "../../../ui/text/ContentBlock";
import { Texts } from "./Texts";

/** Inputs of the traces, if they differ, and outputs. */
export function Answers({ traces, trees, sideBySide }: { traces: TraceRow[]; trees: SpanTree[]; sideBySide: boolean }) {
  const { spans, pending, error } = useSpans(trees.map((tree, at) => (tree.count > 0 ? { traceId: traces[at]!.trace_id, spanId: tree.id[0]! } : null)));
  if (pending) return <LoadingRows rows={3} />;
  if (error) return <ErrorState error={error} doing="load the answers" />;
  const questions = spans.map((span, at) => question(inputMessages(span?.normalized)) ?? traces[at]!.input);
  const answers = spans.map((span, at) => outputText(span?.normalized) ?? traces[at]!.output);
  const sameQuestion = questions.every((text) => text === questions[0]);
  return (
    <>
      <section className="stack">
        <h2>{sameQuestion ? "Question, identical" : "Question"}</h2>
        {!sameQuestion ? <Texts texts={questions} label="the question" sideBySide={sideBySide} none="No question." />
          : questions[0] == null ? <p className="muted">No question.</p>
          : <div className="compare-question"><ContentBlock value={questions[0]} label="the question" /></div>}
      </section>
      <section className="stack">
        <h2>Final answer</h2>
        <Texts texts={answers} label="the answer" sideBySide={sideBySide} none="No answer." />
      </section>
    </>
  );
}

/** The last user message, else the whole input. */
function question(said: { role: string; text: string }[]): string | null {
  const last = said.filter(({ role }) => role === "user").at(-1);
  return last?.text ?? (said.map(({ text }) => text).join("\n\n") || null);
}
