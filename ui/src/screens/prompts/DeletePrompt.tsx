import { useId, useState } from "react";
import type { StoredPrompt } from "../../core/prompt/storedPrompt";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { useChangePrompt } from "../../net/changePrompt";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

/** Deletes a prompt with all versions, after its name was typed to confirm. */
export function DeletePrompt({ prompt, onDeleted, onClose }: { prompt: StoredPrompt; onDeleted: () => void; onClose: () => void }) {
  const { name } = prompt;
  const [typed, setTyped] = useState("");
  const id = useId();
  const { mutate, error, isPending } = useChangePrompt({ quiet: true });
  const sure = typed.trim() === name.trim();
  const remove = () => {
    if (!sure || isPending) return;
    mutate({ kind: "delete", name }, {
      onSuccess: () => {
        onDeleted();
        toast(`Deleted the prompt ${visible(name)}`);
      },
    });
  };
  return (
    <Dialog
      title="Delete the prompt"
      onClose={onClose}
      foot={<><Button onClick={onClose}>Cancel</Button><Button look="danger" onClick={remove} disabled={!sure || isPending}>Delete</Button></>}
    >
      <p>All its versions and aliases are deleted and cannot be restored. Code that loads it will fail. Its traces are kept.</p>
      <form className="field" onSubmit={(event) => { event.preventDefault(); remove(); }}>
        <label htmlFor={id}>Type <code>{visible(name)}</code> to confirm</label>
        <input id={id} className="input" value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
        {error && <p className="error-text" role="alert">{error.message}</p>}
      </form>
    </Dialog>
  );
}
