import { useNavigate } from "@tanstack/react-router";
import type { LoggedModel } from "../../core/loggedModel";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { useDeleteLoggedModel } from "../../net/loggedModels";
import { queryClient } from "../../net/queryClient";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

/** Asks before a version is deleted. */
export function DeleteVersion({ e, model: { info }, onClose }: { e: string; model: LoggedModel; onClose: () => void }) {
  const navigate = useNavigate();
  const { mutate, error, isPending } = useDeleteLoggedModel(info.model_id);
  const remove = () => mutate(undefined, {
    onSuccess: () => {
      toast(`${visible(info.name)} was deleted`);
      void navigate({ to: "/e/$e/versions", params: { e } }).then(() => queryClient.removeQueries({ queryKey: ["version", info.model_id] }));
    },
  });
  return (
    <Dialog
      title="Delete this version?"
      onClose={onClose}
      foot={<><Button onClick={onClose}>Cancel</Button><Button look="danger" disabled={isPending} onClick={remove}>Delete</Button></>}
    >
      <p><b className="breaks">{visible(info.name)}</b> with its parameters, metrics and tags. Its traces stay, and are no longer listed under a version. This cannot be undone.</p>
      {error && <p className="error-text" role="alert">{error.message}</p>}
    </Dialog>
  );
}
