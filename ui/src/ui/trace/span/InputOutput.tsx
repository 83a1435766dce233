import { lazy, Suspense, useState } from "react";
import type { ChatMessage, NormalizedSpan } from "../../../core/chat/normalizedSpan";
import { chatOf } from "../../../core/chat/turns";
import { duration } from "../../../core/format";
import { shorten, visible } from "../../../core/text";
import { isLlm, typeOf } from "../../../core/trace/spanTree";
import { previousLlm } from "../../../core/trace/walk";
import type { SpanResponse } from "../../../net/span";
import { Button } from "../../Button";
import { PrettyValue } from "../../text/PrettyValue";
import { EarlierMessages } from "../chat/EarlierMessages";
import { Message } from "../chat/Message";
import { useCallMessage } from "../useCallMessage";
import type { TraceModel } from "../useTrace";
import { Documents } from "./Documents";
import { ModelParameters } from "./ModelParameters";
import { SpanSide } from "./SpanSide";

const PromptDiff = lazy(() => import("./PromptDiff"));
const UseAsExpectation = lazy(() => import("../assess/UseAsExpectation"));

/** Input and output of a span; in a chat, the newest message is shown in full. */
export function InputOutput({ model, span, answer, compact }: { model: TraceModel; span: number; answer: SpanResponse; compact?: boolean }) {
  const { tree, row } = model;
  const { normalized, truncated = [] } = answer;
  const [diffing, setDiffing] = useState(false);
  // Instrumentations may record content only on the model calls below the agent.
  const isAgent = tree.parent[span]! < 0 || typeOf(tree, span) === "AGENT";
  const inputOfCall = useCallMessage(model, span, "input", isAgent && isEmpty(normalized, "input"));
  const outputOfCall = useCallMessage(model, span, "output", isAgent && isEmpty(normalized, "output"));
  if (!normalized && !inputOfCall && !outputOfCall) return <p className="muted">This span has neither input nor output.</p>;
  const previous = isLlm(typeOf(tree, span)) ? previousLlm(tree, span) : null;
  const messages = (normalized?.messages ?? []).filter((message) => !isExcerpt(message, normalized!));
  const chat = chatOf(messages);
  const documents = normalized?.documents ?? [];
  const toolResult = normalized?.span_type === "TOOL" ? normalized.tool_calls[0]?.result : undefined;
  const place = { traceId: row.trace_id, spanId: tree.id[span]!, truncated };
  return (
    <>
      {normalized && <ModelParameters normalized={normalized} />}
      <SpanSide
        key={`${place.spanId} input`}
        {...place}
        side="inputs"
        value={inputOfCall?.message ?? normalized?.inputs ?? null}
        messages={inputOfCall ? [inputOfCall.message] : messages.filter((message) => message.side === "input")}
        note={inputOfCall && `of ${shorten(visible(inputOfCall.call), 40)}, the first model call`}
        nothing="No input."
        tools={0 < chat.current.length && previous !== null && <Button small look="plain" aria-pressed={diffing} onClick={() => setDiffing(!diffing)}>New messages</Button>}
        above={diffing && previous !== null && <Suspense fallback={null}><PromptDiff model={model} before={previous} messages={messages} /></Suspense>}
      >
        {inputOfCall ? <Message message={inputOfCall.message} traceId={row.trace_id} /> : 0 < chat.current.length && (
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
        value={outputOfCall?.message ?? normalized?.outputs ?? null}
        messages={outputOfCall ? [outputOfCall.message] : messages.filter((message) => message.side === "output")}
        note={outputOfCall && `of ${shorten(visible(outputOfCall.call), 40)}, the last model call`}
        nothing={noOutput(model, span)}
        tools={!compact && normalized && normalized.outputs !== null && <Suspense><UseAsExpectation model={model} outputs={normalized.outputs} messages={chat.output} /></Suspense>}
      >
        {outputOfCall ? <Message message={outputOfCall.message} traceId={row.trace_id} />
          : 0 < documents.length ? <Documents documents={documents} />
          : 0 < chat.output.length ? chat.output.map((message, at) => <Message key={at} message={message} traceId={row.trace_id} />)
          : toolResult != null && <PrettyValue value={toolResult} label="the output" />}
      </SpanSide>
    </>
  );
}

/** Whether the message is only one field of an input object, whose other fields would not be shown. */
function isExcerpt({ side, role, parts }: ChatMessage, { span_type, inputs, messages }: NormalizedSpan): boolean {
  if (span_type !== "AGENT" || side !== "input" || role !== "user" || messages.filter((message) => message.side === "input").length !== 1) return false;
  if (typeof inputs !== "object" || inputs === null || Array.isArray(inputs)) return false;
  const fields = Object.values(inputs);
  return 1 < fields.length && parts.length === 1 && parts[0]!.type === "text" && fields.includes(parts[0]!.text);
}

function isEmpty(normalized: NormalizedSpan | undefined, side: "input" | "output"): boolean {
  if (!normalized) return true;
  return normalized[side === "input" ? "inputs" : "outputs"] === null && !normalized.messages.some((message) => message.side === side);
}

function noOutput({ tree }: TraceModel, span: number): string {
  if (tree.open[span]) return "No output yet: the span is running.";
  return tree.failed[span] ? `No output: the span failed after ${duration(tree.duration[span]! / 1000)}.` : "No output.";
}
