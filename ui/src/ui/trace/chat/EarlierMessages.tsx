import { useState } from "react";
import { summarizeMessage, type ChatMessage } from "../../../core/chat/normalizedSpan";
import { plural } from "../../../core/format";
import { shorten, visible } from "../../../core/text";
import { PlainText } from "../../text/PlainText";
import { Message } from "./Message";

const SHOWN_MAX = 4;

/** Earlier messages on one line each; if there are many, they are collapsed. */
export function EarlierMessages({ messages, traceId }: { messages: ChatMessage[]; traceId: string }) {
  const [all, setAll] = useState(false);
  const hidden = all || messages.length <= SHOWN_MAX ? 0 : messages.length - 2;
  if (messages.length === 0) return null;
  const shown = hidden === 0 ? messages : [messages[0]!, messages.at(-1)!];
  return (
    <div className="earlier">
      {shown.map((message, at) => (
        <div key={at}>
          {at === 1 && 0 < hidden && (
            <button type="button" className="link earlier-more" onClick={() => setAll(true)}>… {plural(hidden, "message")} between</button>
          )}
          <EarlierMessage message={message} traceId={traceId} />
        </div>
      ))}
    </div>
  );
}

function EarlierMessage({ message, traceId }: { message: ChatMessage; traceId: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="earlier-message" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary><b>{visible(message.role)}</b> <span className="ellipsis"><PlainText text={shorten(summarizeMessage(message).replace(/\s+/g, " "), 400)} /></span></summary>
      {open && <Message message={message} traceId={traceId} />}
    </details>
  );
}
