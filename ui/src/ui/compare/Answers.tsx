import { outputText, inputMessages } from "../../core/chat/chatText";
import { callsBelow } from "../../core/trace/walk";
import type { SpanTree } from "../../core/trace/spanTree";
import { useSpans } from "../../net/comparedTraces";
import type { SpanResponse } from "../../net/span";
import { ErrorState, LoadingRows } from "../State";
import { ContentBlock } from "../text/ContentBlock";
import { ComparedTexts } from "./ComparedTexts";

/** A trace with its previews, which are shown if its spans have no content. */
export interface AnsweredTrace {
  trace_id: string;
  input: string | null;
  output: string | null;
}

/** Inputs of the traces, if they differ, and outputs. */
export function Answers({ traces, letters, trees, sideBySide }: {
  traces: AnsweredTrace[];
  letters?: readonly string[];
  trees: SpanTree[];
  sideBySide: boolean;
}) {
  const { spans, pending, error } = useSpans(trees.map((tree, at) => (tree.count > 0 ? { traceId: traces[at]!.trace_id, spanId: tree.id[0]! } : null)));
  // Without content of the root, the model calls below it are shown.
  const calls = trees.map((tree) => (tree.count > 0 ? callsBelow(tree, 0) : null));
  const lacks = (text: (span: SpanResponse) => string | null, at: number) => !!spans[at] && text(spans[at]) === null;
  const placeOf = (span: number | undefined, at: number) => (span === undefined ? null : { traceId: traces[at]!.trace_id, spanId: trees[at]!.id[span]! });
  const firstCalls = useSpans(calls.map((call, at) => (lacks(questionOf, at) ? placeOf(call?.first, at) : null)));
  const lastCalls = useSpans(calls.map((call, at) => (lacks(answerOf, at) ? placeOf(call?.last, at) : null)));
  if (pending || firstCalls.pending || lastCalls.pending) return <LoadingRows rows={3} />;
  if (error) return <ErrorState error={error} doing="load the answers" />;
  const questions = spans.map((span, at) => questionOf(span) ?? questionOf(firstCalls.spans[at]) ?? traces[at]!.input);
  const answers = spans.map((span, at) => answerOf(span) ?? answerOf(lastCalls.spans[at]) ?? traces[at]!.output);
  const sameQuestion = questions.every((text) => text === questions[0]);
  return (
    <>
      <section className="stack">
        <h2>{sameQuestion && traces.length > 1 ? "Question, identical" : "Question"}</h2>
        {!sameQuestion ? <ComparedTexts texts={questions} letters={letters} label="the question" sideBySide={sideBySide} none="No question." />
          : questions[0] == null ? <p className="muted">No question.</p>
          : <div className="compare-question"><ContentBlock value={questions[0]} label="the question" /></div>}
      </section>
      <section className="stack">
        <h2>Final answer</h2>
        <ComparedTexts texts={answers} letters={letters} label="the answer" sideBySide={sideBySide} none="No answer." />
      </section>
    </>
  );
}

function answerOf(span: SpanResponse | undefined): string | null {
  return outputText(span?.normalized);
}

/** The last user message; without any, the whole input. */
function questionOf(span: SpanResponse | undefined): string | null {
  const said = inputMessages(span?.normalized);
  const last = said.filter(({ role }) => role === "user").at(-1);
  return last?.text ?? (said.map(({ text }) => text).join("\n\n") || null);
}
