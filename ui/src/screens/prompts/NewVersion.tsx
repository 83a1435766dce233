import { lazy, Suspense, useState } from "react";
import { draftTemplate, isChanged, type OpenedDraft, type PromptDraft } from "../../core/prompt/promptDraft";
import type { StoredPrompt } from "../../core/prompt/storedPrompt";
import { toast } from "../../core/toastQueue";
import { useSaveVersion } from "../../net/changePrompt";
import { Button } from "../../ui/Button";
import { PromptEditor } from "./PromptEditor";

const PromptChanges = lazy(() => import("./PromptChanges"));

/** A form for a new version, which begins with the content of another one. */
export function NewVersion({ prompt, experimentId, opened, onChange, onDiscard, onSaved, onClose }: {
  prompt: StoredPrompt;
  experimentId: string;
  opened: OpenedDraft;
  onChange: (update: (draft: PromptDraft) => PromptDraft) => void;
  onDiscard: () => void;
  onSaved: (version: number) => void;
  onClose: () => void;
}) {
  const { begin, now, from } = opened;
  const { mutate, error, isPending } = useSaveVersion();
  const [comparing, setComparing] = useState(false);
  const save = () => mutate({ draft: now, prompt, experimentId }, {
    onSuccess: (version) => {
      toast(`Saved version ${version}`);
      onSaved(version);
    },
  });
  const content = (draft: PromptDraft) => ({ template: draftTemplate(draft), responseFormat: draft.responseFormat || null, modelConfig: draft.modelConfig || null });
  return (
    <section className="stack" aria-labelledby="new-version">
      <div className="row wrap">
        <h2 id="new-version" className="grow">New version{from !== null && `, from version ${from}`}</h2>
        <Button onClick={onClose}>Close</Button>
      </div>
      <PromptEditor
        draft={now} isNew={false} error={error} isSaving={isPending} saveLabel="Save as a new version" onChange={onChange} onSave={save}
        onDiscard={isChanged(now, begin) ? onDiscard : null}
      >
        {from !== null && (
          <details className="folded" open={comparing} onToggle={(event) => setComparing(event.currentTarget.open)}>
            <summary>Changes since version {from}</summary>
            {comparing && <Suspense fallback={<p className="muted">…</p>}><PromptChanges before={content(begin)} after={content(now)} /></Suspense>}
          </details>
        )}
      </PromptEditor>
    </section>
  );
}
