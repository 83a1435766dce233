import { plainText, summarizeMessage, type ChatMessage, type Part } from "../../../core/chat/normalizedSpan";
import { addedSince } from "../../../core/chat/turns";
import { compactText, jsonIn, looksLikeMarkdown } from "../../../core/textKind";
import { plural } from "../../../core/format";
import { shorten, visible } from "../../../core/text";
import type { TranscriptItem } from "../../../core/trace/transcript";
import { MessagePart } from "../chat/MessagePart";
import { PlainText } from "../../text/PlainText";
import { RichText } from "../../text/RichText";
import { useCallMessage } from "../useCallMessage";
import type { TraceModel } from "../useTrace";
import type { Preview } from "./usePreviews";

const DOCUMENTS_MAX = 5;

/** The new content of a transcript entry, without what earlier entries show. */
export function EntryContent({ item, model, preview, before, isFirstCall, hasToolSpans }: {
  item: TranscriptItem;
  model: TraceModel;
  preview: Preview;
  before: Preview | undefined;
  isFirstCall: boolean;
  hasToolSpans: boolean;
}) {
  const traceId = model.row.trace_id;
  switch (item.kind) {
    case "input":
      return <SideText model={model} span={item.span} side="input" text={lastText(preview.messages, "input") ?? preview.input} nothing="nothing" />;
    case "output":
      return <SideText model={model} span={item.span} side="output" text={lastText(preview.messages, "output") ?? preview.output} nothing="nothing" />;
    case "tool":
      return <ToolContent preview={preview} />;
    case "retrieval":
      return <RetrievalContent preview={preview} />;
    case "agent":
      return <SideText model={model} span={item.span} side="output" text={lastText(preview.messages, "output") ?? preview.output} nothing="no answer" />;
    case "llm":
      return <ModelContent {...{ traceId, preview, before, isFirstCall, hasToolSpans }} />;
    case "step":
      return null;
  }
}

/** The input or output of an agent; if it has none, that of the model calls below it. */
function SideText({ model, span, side, text, nothing }: { model: TraceModel; span: number; side: "input" | "output"; text: string | null; nothing: string }) {
  const ofCall = useCallMessage(model, span, side, !text);
  return <PreviewText text={text || (ofCall ? plainText(ofCall.message) : null)} nothing={nothing} />;
}

function ModelContent({ traceId, preview, before, isFirstCall, hasToolSpans }: { traceId: string; preview: Preview; before: Preview | undefined; isFirstCall: boolean; hasToolSpans: boolean }) {
  const input = preview.messages.filter((message) => message.side === "input");
  const output = preview.messages.filter((message) => message.side === "output");
  const known = (before?.messages ?? []).map(asInput);
  const added = isFirstCall ? input : addedSince(known, input.map(asInput));
  // Tool results have their own entries.
  const inputs = added.filter((message) => !(hasToolSpans && message.role === "tool"));
  if (preview.messages.length === 0) return <PreviewText text={preview.output} nothing="no answer" />;
  return (
    <>
      {0 < inputs.length && (
        <details className="entry-details">
          <summary>
            {isFirstCall ? plural(inputs.length, "message") : `${plural(inputs.length, "new message")}`}: <PlainText text={shorten(inputs.map(oneLine).join(" · "), 200)} />
          </summary>
          {inputs.map((message, at) => (
            <div key={at}><b className="meta">{visible(message.role)}</b>{message.parts.map((part, nth) => <MessagePart key={nth} part={part} traceId={traceId} label={`${message.role} message`} />)}</div>
          ))}
        </details>
      )}
      {output.map((message, at) => <div key={at} className="said">{message.parts.map((part, nth) => <OutputPart key={nth} part={part} traceId={traceId} />)}</div>)}
      {output.length === 0 && <p className="muted">no answer</p>}
    </>
  );
}

function OutputPart({ part, traceId }: { part: Part; traceId: string }) {
  if (part.type === "text") return <PreviewText text={part.text} nothing="" />;
  if (part.type === "tool_call") return <p className="mono call">→ {visible(part.name)}(<PlainText text={shorten(compactText(part.arguments), 300)} />)</p>;
  return <MessagePart part={part} traceId={traceId} label="answer" />;
}

/** A tool call: input and output in one line each, expandable. */
function ToolContent({ preview }: { preview: Preview }) {
  const [input, output] = [preview.input ?? "", preview.output ?? ""];
  return (
    <details className="entry-details">
      <summary>
        <span className="mono"><PlainText text={shorten(input.replace(/\s+/g, " ") || "no input", 160)} /></span>
        {output && <span className="mono"> → <PlainText text={shorten(output.replace(/\s+/g, " "), 160)} /></span>}
      </summary>
      <PreviewText text={input} nothing="no input" />
      <PreviewText text={output} nothing="no output" />
    </details>
  );
}

function RetrievalContent({ preview }: { preview: Preview }) {
  if (preview.documents.length === 0) return <PreviewText text={preview.output} nothing="no documents" />;
  return (
    <ol className="found">
      {preview.documents.slice(0, DOCUMENTS_MAX).map((document, at) => (
        <li key={at}>
          {document.score !== null && <span className="mono muted">{Number(document.score.toPrecision(3))} </span>}
          <PlainText text={shorten(document.text.replace(/\s+/g, " "), 160)} />
        </li>
      ))}
      {DOCUMENTS_MAX < preview.documents.length && <li className="muted">and {preview.documents.length - DOCUMENTS_MAX} more</li>}
    </ol>
  );
}

function PreviewText({ text, nothing }: { text: string | null; nothing: string }) {
  if (!text) return nothing ? <p className="muted">{nothing}</p> : null;
  const json = jsonIn(text);
  const only = typeof json === "object" && json !== null && !Array.isArray(json) ? Object.values(json) : [];
  const shown = only.length === 1 && typeof only[0] === "string" ? only[0] : text;
  return <RichText text={shown} markdown={looksLikeMarkdown(shown)} />;
}

function lastText(messages: ChatMessage[], side: "input" | "output"): string | null {
  const said = messages.filter((message) => message.side === side && (side === "output" || message.role === "user")).at(-1);
  const text = said?.parts.map((part) => (part.type === "text" ? part.text : "")).filter(Boolean).join("\n\n");
  return text || null;
}

/** The message as an input, since the next model call repeats an output as input. */
function asInput(message: ChatMessage): ChatMessage {
  return { side: "input", role: message.role, parts: message.parts };
}

function oneLine(message: ChatMessage): string {
  return `${message.role}: ${shorten(summarizeMessage(message).replace(/\s+/g, " "), 120)}`;
}
