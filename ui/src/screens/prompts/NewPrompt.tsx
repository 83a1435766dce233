import type { Dispatch, SetStateAction } from "react";
import { isChanged, EMPTY_DRAFT, type PromptDraft } from "../../core/prompt/promptDraft";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { useSaveVersion } from "../../net/changePrompt";
import { Button } from "../../ui/Button";
import { PromptEditor } from "./PromptEditor";

/** A form for a new prompt and its first version. Closing it keeps what was typed. */
export function NewPrompt({ experimentId, draft, onChange, onDiscard, onSaved, onClose }: {
  experimentId: string;
  draft: PromptDraft;
  onChange: Dispatch<SetStateAction<PromptDraft>>;
  onDiscard: () => void;
  onSaved: (name: string) => void;
  onClose: () => void;
}) {
  const { mutate, error, isPending } = useSaveVersion();
  const save = () => mutate({ draft, prompt: null, experimentId }, {
    onSuccess: () => {
      toast(`Registered the prompt ${visible(draft.name)}`);
      onSaved(draft.name);
    },
  });
  return (
    <>
      <div className="row wrap">
        <Button look="plain" onClick={onClose}>← Prompts</Button>
        <h1>New prompt</h1>
      </div>
      <PromptEditor
        draft={draft} isNew error={error} isSaving={isPending} saveLabel="Register" onChange={onChange} onSave={save}
        onDiscard={isChanged(draft, EMPTY_DRAFT) ? onDiscard : null}
      />
    </>
  );
}
