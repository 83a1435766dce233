import type { ChatMessage } from "../../../core/chat/normalizedSpan";
import { visible } from "../../../core/text";
import { MessagePart } from "./MessagePart";
import "./chat.css";

/** One message of a chat, in full. */
export function Message({ message, traceId }: { message: ChatMessage; traceId: string }) {
  return (
    <article className="message" data-role={message.role}>
      <header className="message-head">
        <b>{visible(message.role)}</b>
        {message.name && <span className="muted">{visible(message.name)}</span>}
        {message.finish_reason && <span className="muted">finish reason: {visible(message.finish_reason)}</span>}
      </header>
      {message.parts.length === 0 && <p className="muted">empty message</p>}
      {message.parts.map((part, at) => <MessagePart key={at} part={part} traceId={traceId} label={`${message.role} message`} />)}
    </article>
  );
}
