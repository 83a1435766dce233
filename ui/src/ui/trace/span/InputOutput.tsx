import { lazy, Suspense, useState, type ReactNode } from "react";
import { chatOf } from "../../../core/chat/turns";
import { duration } from "../../../core/format";
import { isLlm, typeOf } from "../../../core/trace/spanTree";
import { previousLlm } from "../../../core/trace/walk";
import { Button } from "../../Button";
import { EarlierMessages } from "../chat/EarlierMessages";
import { Message } from "../chat/Message";
import { Block } from "../../text/Block";
import { Clamp } from "../../text/Clamp";
import type { SpanResponse } from "../../../net/span";
import type { TraceModel } from "../useTrace";
import { TruncatedValue } from "./TruncatedValue";
import { Documents } from "./Documents";
import { Section } from "./Section";
import { ToolDefinitions } from "./ToolDefinitions";
import { UseAsExpectation } from "../assess/UseAsExpectation";

const PromptDiff = lazy(() => import("./PromptDiff"));

/** Input and output of a span; chats with the newest message in full. */
export function InputOutput({ model, span, answer, compact }: { model: TraceModel; span: number; answer: SpanResponse; compact?: boolean }) {
  const { tree, row } = model;
  const { normalized, truncated } = answer;
  const [diffing, setDiffing] = useState(false);
  const [asJson, setAsJson] = useState({ inputs: false, outputs: false });
  const previous = isLlm(typeOf(tree, span)) ? previousLlm(tree, span) : null;
  if (!normalized) return <p className="muted">This span has neither input nor output.</p>;
  const chat = chatOf(normalized.messages);
  const spanId = tree.id[span]!;
  const switchFor = (side: "inputs" | "outputs", name: string) => (
    <Button small look="plain" onClick={() => setAsJson({ ...asJson, [side]: !asJson[side] })}>{asJson[side] ? name : "Raw"}</Button>
  );
  const truncationOf = (side: "inputs" | "outputs") => truncated?.find((it) => it.path === `/normalized/${side}`) ?? truncated?.find((it) => it.path.startsWith(`/normalized/${side}/`));
  const whole = (side: "inputs" | "outputs") => {
    const found = truncationOf(side);
    if (!found) return null;
    const taken = found.path === `/normalized/${side}` && normalized[side] === null;
    return <TruncatedValue key={`${spanId} ${side}`} traceId={row.trace_id} spanId={spanId} field={side} size={found.bytes} openNow={taken} />;
  };
  const hasChatInput = 0 < chat.current.length;
  const hasChatOutput = 0 < chat.output.length;
  const hasDocuments = 0 < normalized.documents.length;

  return (
    <>
      <Section
        title="Input"
        tools={
          <>
            {hasChatInput && previous !== null && <Button small look="plain" aria-pressed={diffing} onClick={() => setDiffing(!diffing)}>New messages</Button>}
            {hasChatInput && normalized.inputs !== null && switchFor("inputs", "Chat")}
          </>
        }
      >
        {diffing && previous !== null && (
          <Suspense fallback={null}><PromptDiff model={model} before={previous} messages={normalized.messages} /></Suspense>
        )}
        {hasChatInput && !asJson.inputs ? (
          <>
            <EarlierMessages key={spanId} messages={chat.earlier} traceId={row.trace_id} />
            <Clamp key={`${spanId} input`}>{chat.current.map((message, at) => <Message key={at} message={message} traceId={row.trace_id} />)}</Clamp>
            <ToolDefinitions tools={normalized.tool_definitions} />
          </>
        ) : normalized.inputs === null && truncationOf("inputs") ? null : normalized.inputs === null ? (
          <p className="muted">No input.</p>
        ) : (
          <ClampIfTruncated cut={truncationOf("inputs") !== undefined}><Block value={normalized.inputs} label="the input" /></ClampIfTruncated>
        )}
        {whole("inputs")}
      </Section>
      <Section
        title="Output"
        tools={
          <>
            {!compact && normalized.outputs !== null && <UseAsExpectation model={model} outputs={normalized.outputs} messages={chat.output} />}
            {(hasChatOutput || hasDocuments) && normalized.outputs !== null && switchFor("outputs", hasDocuments ? "Documents" : "Chat")}
          </>
        }
      >
        {hasDocuments && !asJson.outputs ? (
          <Documents key={spanId} documents={normalized.documents} />
        ) : hasChatOutput && !asJson.outputs ? (
          chat.output.map((message, at) => <Message key={at} message={message} traceId={row.trace_id} />)
        ) : normalized.outputs === null && truncationOf("outputs") ? null : normalized.outputs === null ? (
          <p className="muted">{noOutput(model, span)}</p>
        ) : (
          <ClampIfTruncated cut={truncationOf("outputs") !== undefined}><Block value={normalized.outputs} label="the output" /></ClampIfTruncated>
        )}
        {whole("outputs")}
      </Section>
    </>
  );
}

/** Truncated values are clamped to a few lines. */
function ClampIfTruncated({ cut, children }: { cut: boolean; children: ReactNode }) {
  return cut ? <Clamp>{children}</Clamp> : children;
}

function noOutput({ tree }: TraceModel, span: number): string {
  if (tree.open[span]) return "No output yet: the span is running.";
  return tree.failed[span] ? `No output: the span failed after ${duration(tree.duration[span]! / 1000)}.` : "No output.";
}
