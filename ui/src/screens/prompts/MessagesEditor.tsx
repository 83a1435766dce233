import { ArrowDown, ArrowUp, Trash2 } from "lucide-react";
import { useId } from "react";
import { newMessage, type DraftMessage } from "../../core/prompt/promptDraft";
import { toast } from "../../core/toastQueue";
import { Button, IconButton } from "../../ui/Button";

const ROLES = ["system", "user", "assistant", "developer", "tool"];

/** The messages of a chat template. */
export function MessagesEditor({ messages, onChange }: { messages: DraftMessage[]; onChange: (update: (messages: DraftMessage[]) => DraftMessage[]) => void }) {
  const id = useId();
  const patch = (at: number, change: Partial<DraftMessage>) => onChange((before) => before.map((message, nth) => (nth === at ? { ...message, ...change } : message)));
  const move = (at: number, to: number) => onChange((before) => before.toSpliced(at, 1).toSpliced(to, 0, before[at]!));
  const remove = (at: number) => {
    const removed = messages[at]!;
    onChange((before) => before.toSpliced(at, 1));
    if (removed.content.trim()) toast(`Removed message ${at + 1}`, { undo: () => onChange((now) => now.toSpliced(at, 0, removed)) });
  };
  const nextRole = messages.length === 0 ? "system" : messages.at(-1)!.role === "user" ? "assistant" : "user";
  return (
    <div className="stack">
      <datalist id={id}>{ROLES.map((role) => <option key={role} value={role} />)}</datalist>
      {messages.map(({ role, content, isJson, rest }, at) => {
        const name = `message ${at + 1}`;
        return (
          <fieldset key={at} className="draft-message" aria-label={`Message ${at + 1}`}>
            <div className="row">
              <input className="input draft-role" list={id} aria-label={`Role of ${name}`} placeholder="role" value={role} onChange={(event) => patch(at, { role: event.target.value })} />
              <span className="meta grow">{isJson && "content as JSON"}{Object.keys(rest).length > 0 && ` also has ${Object.keys(rest).join(", ")}`}</span>
              <IconButton look="plain" small label={`Move ${name} up`} icon={<ArrowUp aria-hidden />} disabled={at === 0} onClick={() => move(at, at - 1)} />
              <IconButton look="plain" small label={`Move ${name} down`} icon={<ArrowDown aria-hidden />} disabled={at === messages.length - 1} onClick={() => move(at, at + 1)} />
              <IconButton look="plain" small label={`Remove ${name}`} icon={<Trash2 aria-hidden />} onClick={() => remove(at)} />
            </div>
            <textarea
              className="input mono template-input" data-field={at === 0 ? "template" : undefined} aria-label={`Content of ${name}`} rows={4} value={content}
              onChange={(event) => patch(at, { content: event.target.value })}
            />
          </fieldset>
        );
      })}
      <div><Button small onClick={() => onChange((before) => [...before, newMessage(nextRole)])}>Add message</Button></div>
    </div>
  );
}
