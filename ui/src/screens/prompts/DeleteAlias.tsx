import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { useChangePrompt } from "../../net/changePrompt";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

export function DeleteAlias({ name, version, alias, onClose }: { name: string; version: number; alias: string; onClose: () => void }) {
  const { mutate, error, isPending } = useChangePrompt({ quiet: true });
  const undo = useChangePrompt();
  const remove = () => mutate({ kind: "delete alias", name, alias }, {
    onSuccess: () => {
      onClose();
      toast(`Deleted the alias ${visible(alias)}`, { undo: () => undo.mutate({ kind: "set alias", name, alias, version }) });
    },
  });
  return (
    <Dialog
      title="Delete the alias"
      onClose={onClose}
      foot={<><Button onClick={onClose}>Cancel</Button><Button look="danger" disabled={isPending} onClick={remove}>Delete</Button></>}
    >
      <p><b>{visible(alias)}</b> points to version {version}. Code that loads <code>prompts:/{visible(name)}@{visible(alias)}</code> will fail. The version is kept.</p>
      {error && <p className="error-text" role="alert">{error.message}</p>}
    </Dialog>
  );
}
