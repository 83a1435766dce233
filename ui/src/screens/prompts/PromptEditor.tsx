import { type ReactNode, useId, useRef, useState } from "react";
import { draftProblems, draftTemplate, switchType, type DraftField, type PromptDraft } from "../../core/prompt/promptDraft";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { Button } from "../../ui/Button";
import { TagEditor } from "../../ui/TagEditor";
import { JsonField } from "./JsonField";
import { MessagesEditor } from "./MessagesEditor";
import { VariableHints } from "./VariableHints";

/** The fields of a new version, and of a new prompt. */
export function PromptEditor({ draft, isNew, error, isSaving, saveLabel, onChange, onSave, onDiscard, children }: {
  draft: PromptDraft;
  isNew: boolean;
  /** Why the last attempt to save failed. */
  error: Error | null;
  isSaving: boolean;
  saveLabel: string;
  onChange: (update: (draft: PromptDraft) => PromptDraft) => void;
  onSave: () => void;
  /** `null` if nothing was typed. */
  onDiscard: (() => void) | null;
  children?: ReactNode;
}) {
  const id = useId();
  const form = useRef<HTMLDivElement>(null);
  const [attempted, setAttempted] = useState(false);
  const problems = draftProblems(draft, { isNew });
  const shown = (field: DraftField) => (attempted ? problems[field] : undefined);
  const set = (patch: Partial<PromptDraft>) => onChange((before) => ({ ...before, ...patch }));
  const save = () => {
    if (isSaving) return;
    setAttempted(true);
    const [wrong] = Object.keys(problems);
    if (wrong) form.current?.querySelector<HTMLElement>(`[data-field="${wrong}"]`)?.focus();
    else onSave();
  };
  useHotkeys({ "Ctrl+Enter": save });
  const isChat = draft.type === "chat";
  const setTag = (key: string, value: string) => onChange((before) => ({ ...before, tags: [...before.tags.filter(([other]) => other !== key), [key, value]] }));
  const deleteTag = (key: string) => onChange((before) => ({ ...before, tags: before.tags.filter(([other]) => other !== key) }));
  return (
    <div
      className="prompt-editor stack"
      ref={form}
      // Shortcuts with Enter do not work in fields, which have their own use of it.
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        save();
      }}
    >
      {isNew && (
        <div className="field">
          <label htmlFor={`${id}name`}>Name</label>
          <input
            id={`${id}name`} className="input" data-field="name" value={draft.name} autoComplete="off" spellCheck={false} autoFocus placeholder="answer-question"
            aria-invalid={!!shown("name")} aria-describedby={shown("name") ? `${id}name-problem` : undefined} onChange={(event) => set({ name: event.target.value })}
          />
          <Problem id={`${id}name-problem`} text={shown("name")} />
        </div>
      )}
      <div className="row wrap">
        <b>Template</b>
        <div className="segmented" role="group" aria-label="Type of the template">
          <Button small aria-pressed={!isChat} onClick={() => onChange((before) => switchType(before, "text"))}>Text</Button>
          <Button small aria-pressed={isChat} onClick={() => onChange((before) => switchType(before, "chat"))}>Chat</Button>
        </div>
        <span className="meta">Variables are written as <code>{"{{name}}"}</code>.</span>
      </div>
      {isChat ? <MessagesEditor messages={draft.messages} onChange={(update) => onChange((before) => ({ ...before, messages: update(before.messages) }))} /> : (
        <textarea
          className="input mono template-input" data-field="template" aria-label="Template" rows={10} value={draft.text} aria-invalid={!!shown("template")}
          aria-describedby={shown("template") ? `${id}template-problem` : undefined} onChange={(event) => set({ text: event.target.value })}
        />
      )}
      <Problem id={`${id}template-problem`} text={shown("template")} />
      <VariableHints template={draftTemplate(draft)} />
      <div className="field">
        <label htmlFor={`${id}message`}>{isNew ? "Description" : "Commit message"}</label>
        <input
          id={`${id}message`} className="input" value={draft.commitMessage} autoComplete="off" maxLength={5000}
          placeholder={isNew ? "What the prompt is for" : "What changed, and why"} onChange={(event) => set({ commitMessage: event.target.value })}
        />
      </div>
      <JsonField field="responseFormat" label="Response format (JSON Schema)" value={draft.responseFormat} problem={problems.responseFormat} onChange={(responseFormat) => set({ responseFormat })} />
      <JsonField
        field="modelConfig" label="Model config" value={draft.modelConfig} problem={problems.modelConfig} placeholder={'{"model_name": "gpt-4o-mini", "temperature": 0.2}'}
        onChange={(modelConfig) => set({ modelConfig })}
      />
      <details className="folded" open={draft.tags.length > 0 || undefined}>
        <summary>Tags{draft.tags.length > 0 && ` (${draft.tags.length})`}</summary>
        <TagEditor
          tags={draft.tags}
          onSet={(key, value) => { setTag(key, value); return Promise.resolve(true); }}
          onDelete={(key) => { deleteTag(key); return Promise.resolve(true); }}
        />
      </details>
      {error && <p className="error-text" role="alert">Could not save: {error.message}</p>}
      <div className="row wrap">
        <Button look="primary" title="Ctrl Enter" disabled={isSaving} onClick={save}>{saveLabel}</Button>
        {onDiscard && <Button onClick={onDiscard}>Discard</Button>}
      </div>
      {children}
    </div>
  );
}

function Problem({ id, text }: { id: string; text: string | undefined }) {
  return text ? <p className="error-text" id={id} role="alert">{text}</p> : null;
}
