import { useState, type ReactNode } from "react";
import { plainText, type ChatMessage } from "../../../core/chat/normalizedSpan";
import type { TruncatedText } from "../../../core/types";
import { fieldUrl } from "../../../net/span";
import { ContentBlock } from "../../text/ContentBlock";
import { useContentMode } from "../../text/useContentMode";
import { TruncatedValue } from "./TruncatedValue";

/** Pixels; limits the input, so that its newest part and the output are visible together. */
const INPUT_HEIGHT_MAX = 260;
const OUTPUT_HEIGHT_MAX = 900;

/** The input or the output of a span as one content block. `children` is the rendered form of a chat or of documents. */
export function SpanSide({ side, value, messages, note, traceId, spanId, truncated, nothing, tools, above, children }: {
  side: "inputs" | "outputs";
  value: unknown;
  messages: ChatMessage[];
  /** Names the span that has the content, if it is not this one. */
  note: string | null;
  traceId: string;
  spanId: string;
  truncated: TruncatedText[];
  nothing: string;
  tools: ReactNode;
  above?: ReactNode;
  children: ReactNode;
}) {
  const [whole, setWhole] = useState(false);
  const at = `/normalized/${side}`;
  const cut = truncated.find((it) => it.path === at) ?? truncated.find((it) => it.path.startsWith(`${at}/`));
  const title = side === "inputs" ? "Input" : "Output";
  const heading = <><h3>{title}</h3>{note && <span className="meta ellipsis">{note}</span>}</>;
  // The messages may be complete although the value is truncated, as a value may contain the bytes of images.
  const [mode] = useContentMode();
  const isWhole = mode !== "json" && 0 < messages.length && !truncated.some((it) => it.path.startsWith("/normalized/messages/"));
  const isTaken = cut !== undefined && value === null;
  const missing = value === null && messages.length === 0;
  return (
    <section className="span-section" aria-label={title}>
      {above}
      {cut && (whole || isTaken) ? (
        <>
          {heading}
          <TruncatedValue traceId={traceId} spanId={spanId} field={side} size={cut.bytes} openNow />
        </>
      ) : missing ? (
        <>
          {heading}
          <p className="muted">{nothing}</p>
        </>
      ) : (
        <ContentBlock
          title={heading}
          label={`the ${title.toLowerCase()}`}
          value={value ?? messages}
          text={0 < messages.length ? messages.map((message) => `${message.role}:\n${plainText(message)}`).join("\n\n") : undefined}
          tools={tools}
          heightMax={side === "inputs" ? INPUT_HEIGHT_MAX : OUTPUT_HEIGHT_MAX}
          truncated={isWhole ? undefined : cut && { bytes: cut.bytes, href: fieldUrl(traceId, spanId, side), fileName: `${spanId}-${side}`, onShow: () => setWhole(true) }}
        >
          {children || undefined}
        </ContentBlock>
      )}
    </section>
  );
}
