import { aliasesOf, type StoredPrompt } from "../../core/prompt/storedPrompt";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { useChangePrompt } from "../../net/changePrompt";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

export function DeletePromptVersion({ prompt, version, onDeleted, onClose }: { prompt: StoredPrompt; version: number; onDeleted: () => void; onClose: () => void }) {
  const { name } = prompt;
  const { mutate, error, isPending } = useChangePrompt({ quiet: true });
  const aliases = aliasesOf(prompt, version);
  const remove = () => mutate({ kind: "delete version", name, version }, {
    onSuccess: () => {
      onDeleted();
      toast(`Deleted version ${version} of ${visible(name)}`);
    },
  });
  return (
    <Dialog
      title={`Delete version ${version}`}
      onClose={onClose}
      foot={<><Button onClick={onClose}>Cancel</Button><Button look="danger" disabled={isPending} onClick={remove}>Delete version {version}</Button></>}
    >
      <p>Version {version} of <b>{visible(name)}</b> cannot be restored, and its number is not used again. Code that loads it will fail.</p>
      {aliases.length > 0 && <p className="warn-text">Its aliases are deleted with it: {aliases.map(visible).join(", ")}.</p>}
      {error && <p className="error-text" role="alert">{error.message}</p>}
    </Dialog>
  );
}
