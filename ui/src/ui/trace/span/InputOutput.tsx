import { lazy, Suspense, useState } from "react";
import { chatOf } from "../../../core/chat/turns";
import { duration } from "../../../core/format";
import { isLlm, typeOf } from "../../../core/trace/spanTree";
import { previousLlm } from "../../../core/trace/walk";
import type { SpanResponse } from "../../../net/span";
import { Button } from "../../Button";
import { UseAsExpectation } from "../assess/UseAsExpectation";
import { EarlierMessages } from "../chat/EarlierMessages";
import { Message } from "../chat/Message";
import type { TraceModel } from "../useTrace";
import { Documents } from "./Documents";
import { ModelParameters } from "./ModelParameters";
import { SpanSide } from "./SpanSide";

const PromptDiff = lazy(() => import("./PromptDiff"));

/** Input and output of a span; chats with the newest message in full. */
export function InputOutput({ model, span, answer, compact }: { model: TraceModel; span: number; answer: SpanResponse; compact?: boolean }) {
  const { tree, row } = model;
  const { normalized, truncated = [] } = answer;
  const [diffing, setDiffing] = useState(false);
  const previous = isLlm(typeOf(tree, span)) ? previousLlm(tree, span) : null;
  if (!normalized) return <p className="muted">This span has neither input nor output.</p>;
  const chat = chatOf(normalized.messages);
  const hasChatInput = 0 < chat.current.length;
  const hasChatOutput = 0 < chat.output.length;
  const place = { traceId: row.trace_id, spanId: tree.id[span]!, truncated };
  return (
    <>
      <ModelParameters normalized={normalized} />
      <SpanSide
        key={`${place.spanId} input`}
        {...place}
        side="inputs"
        title="Input"
        value={normalized.inputs}
        messages={normalized.messages.filter((message) => message.side === "input")}
        nothing="No input."
        tools={hasChatInput && previous !== null && <Button small look="plain" aria-pressed={diffing} onClick={() => setDiffing(!diffing)}>New messages</Button>}
        above={diffing && previous !== null && <Suspense fallback={null}><PromptDiff model={model} before={previous} messages={normalized.messages} /></Suspense>}
      >
        {hasChatInput && (
          <>
            <EarlierMessages messages={chat.earlier} traceId={row.trace_id} />
            {chat.current.map((message, at) => <Message key={at} message={message} traceId={row.trace_id} />)}
          </>
        )}
      </SpanSide>
      <SpanSide
        key={`${place.spanId} output`}
        {...place}
        side="outputs"
        title="Output"
        value={normalized.outputs}
        messages={normalized.messages.filter((message) => message.side === "output")}
        nothing={noOutput(model, span)}
        tools={!compact && normalized.outputs !== null && <UseAsExpectation model={model} outputs={normalized.outputs} messages={chat.output} />}
      >
        {0 < normalized.documents.length ? <Documents documents={normalized.documents} />
          : hasChatOutput && chat.output.map((message, at) => <Message key={at} message={message} traceId={row.trace_id} />)}
      </SpanSide>
    </>
  );
}

function noOutput({ tree }: TraceModel, span: number): string {
  if (tree.open[span]) return "No output yet: the span is running.";
  return tree.failed[span] ? `No output: the span failed after ${duration(tree.duration[span]! / 1000)}.` : "No output.";
}
