import { useId, useState } from "react";
import { ownPromptTags, type StoredPrompt } from "../../core/prompt/storedPrompt";
import { toast } from "../../core/toastQueue";
import { useChangePrompt } from "../../net/changePrompt";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TagEditor } from "../../ui/TagEditor";

/** Description and tags of a prompt. Tags are saved at once. */
export function DescribePrompt({ prompt, onClose }: { prompt: StoredPrompt; onClose: () => void }) {
  const { name } = prompt;
  const id = useId();
  const [description, setDescription] = useState(prompt.description ?? "");
  const { mutate, mutateAsync, error, isPending } = useChangePrompt({ quiet: true });
  const save = () => mutate({ kind: "describe", name, description }, {
    onSuccess: () => {
      onClose();
      toast("Saved the description");
    },
  });
  const attempt = (change: Parameters<typeof mutateAsync>[0]) => mutateAsync(change).then(() => true, () => false);
  return (
    <Dialog
      title="Description and tags"
      onClose={onClose}
      foot={<><Button onClick={onClose}>Close</Button><Button look="primary" disabled={isPending || description === (prompt.description ?? "")} onClick={save}>Save the description</Button></>}
    >
      <div className="field">
        <label htmlFor={id}>Description</label>
        <textarea id={id} className="input" rows={3} maxLength={5000} value={description} onChange={(event) => setDescription(event.target.value)} />
      </div>
      <div className="field">
        <span className="label">Tags</span>
        <TagEditor
          tags={ownPromptTags(prompt.tags)}
          onSet={(key, value) => attempt({ kind: "set tag", name, key, value })}
          onDelete={(key) => attempt({ kind: "delete tag", name, key })}
        />
      </div>
      {error && <p className="error-text" role="alert">{error.message}</p>}
    </Dialog>
  );
}
