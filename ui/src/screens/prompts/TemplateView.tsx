import { contentText, furtherFields, type Template, type TemplateMessage, templatePieces, variablesOf } from "../../core/prompt/template";
import { visible } from "../../core/text";
import { JsonValue } from "../../ui/json/JsonValue";
import "../../ui/text/text.css";
import "../../ui/trace/chat/chat.css";

/** A template with its variables highlighted; a chat as messages. */
export function TemplateView({ template, variables = variablesOf(template) }: { template: Template; variables?: string[] }) {
  const names = new Set(variables);
  if (template.type === "text") return <div className="card"><TemplateText text={template.text} names={names} /></div>;
  return <div className="stack-tight">{template.messages.map((message, at) => <MessageView key={at} message={message} names={names} at={at} />)}</div>;
}

function MessageView({ message, names, at }: { message: TemplateMessage; names: ReadonlySet<string>; at: number }) {
  const { role, content } = message;
  const fields = furtherFields(message);
  return (
    <article className="message" data-role={role}>
      <header className="message-head"><b>{visible(role)}</b></header>
      {typeof content === "object" && content !== null ? <JsonValue value={content} label={`content of message ${at + 1}`} />
        : contentText(message) === "" ? <p className="muted">no content</p>
        : <TemplateText text={contentText(message)} names={names} />}
      {fields && <JsonValue value={fields} label={`further fields of message ${at + 1}`} />}
    </article>
  );
}

function TemplateText({ text, names }: { text: string; names: ReadonlySet<string> }) {
  return (
    <p className="plain-text template-text">
      {templatePieces(text, names).map((piece, at) => (piece.variable === null
        ? <span key={at}>{visible(piece.text)}</span>
        : <code key={at} className="template-variable">{visible(piece.text)}</code>))}
    </p>
  );
}
