import { alignMessages, isSame, type MessagePair } from "../../core/prompt/alignMessages";
import { indentedJson, type PromptVersion } from "../../core/prompt/promptVersion";
import { messageText, templateText } from "../../core/prompt/template";
import { visible } from "../../core/text";
import TextDiff from "../../ui/TextDiff";
import "../../ui/trace/chat/chat.css";

type Content = Pick<PromptVersion, "template" | "responseFormat" | "modelConfig">;

/** The changes between two versions, word by word; in chats by message. */
export default function PromptChanges({ before, after }: { before: Content; after: Content }) {
  return (
    <div className="prompt-changes stack">
      <section className="stack-tight" aria-label="Changes in the template">
        <h3>Template</h3>
        <TemplateChanges before={before} after={after} />
      </section>
      <JsonChanges title="Response format" before={before.responseFormat} after={after.responseFormat} />
      <JsonChanges title="Model config" before={before.modelConfig} after={after.modelConfig} />
    </div>
  );
}

function TemplateChanges({ before, after }: { before: Content; after: Content }) {
  const [old, fresh] = [before.template, after.template];
  if (templateText(old) === templateText(fresh) && old.type === fresh.type) return <p className="muted">identical</p>;
  if (old.type === "chat" && fresh.type === "chat") {
    return alignMessages(old.messages, fresh.messages).map((pair, at) => <MessageChanges key={at} pair={pair} />);
  }
  return (
    <>
      {old.type !== fresh.type && <p className="meta">{old.type === "chat" ? "A chat became a text." : "A text became a chat."}</p>}
      <div className="card"><TextDiff before={templateText(old)} after={templateText(fresh)} /></div>
    </>
  );
}

function MessageChanges({ pair }: { pair: MessagePair }) {
  const { before, after } = pair;
  const role = (after ?? before)!.role;
  const change = !before ? "added" : !after ? "removed" : isSame(pair) ? "identical" : "changed";
  return (
    <article className="message" data-role={role}>
      <header className="message-head">
        <b>{visible(role)}</b>
        <span className={change === "added" ? "ok-text" : change === "removed" ? "error-text" : "muted"}>{change}</span>
      </header>
      {change === "identical"
        ? <p className="plain-text muted message-excerpt">{visible(messageText(after!))}</p>
        : <TextDiff before={before ? messageText(before) : ""} after={after ? messageText(after) : ""} />}
    </article>
  );
}

function JsonChanges({ title, before, after }: { title: string; before: string | null; after: string | null }) {
  if (before === null && after === null) return null;
  const [old, fresh] = [before, after].map((text) => (text === null ? "" : indentedJson(text))) as [string, string];
  return (
    <section className="stack-tight" aria-label={`Changes in the ${title.toLowerCase()}`}>
      <h3>{title}</h3>
      {old === fresh ? <p className="muted">identical</p> : <div className="card"><TextDiff before={old} after={fresh} /></div>}
    </section>
  );
}
