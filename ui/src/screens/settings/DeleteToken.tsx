import { visible } from "../../core/text";
import { useDeleteToken } from "../../net/tokens";
import type { TokenRow } from "../../net/types";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

export function DeleteToken({ token, last, onClose }: { token: TokenRow; last: boolean; onClose: () => void }) {
  const { mutate, isPending } = useDeleteToken();
  return (
    <Dialog
      title="Delete the token"
      onClose={onClose}
      foot={<><Button onClick={onClose}>Cancel</Button><Button look="danger" disabled={isPending} onClick={() => mutate(token.token_id, { onSuccess: onClose })}>Delete</Button></>}
    >
      <p>Whatever uses <b>{visible(token.name)}</b> is refused from now on. What it sent stays.</p>
      {last && <p className="warn-text">It is the last one: afterwards everybody who can reach this server is let in.</p>}
    </Dialog>
  );
}
