import { visible } from "../../core/text";
import { useDeleteToken } from "../../net/tokens";
import type { TokenRow } from "../../core/types";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

export function DeleteToken({ token, onClose }: { token: TokenRow; onClose: () => void }) {
  const { mutate, error, isPending } = useDeleteToken();
  return (
    <Dialog
      title="Delete the token"
      onClose={onClose}
      foot={<><Button onClick={onClose}>Cancel</Button><Button look="danger" disabled={isPending} onClick={() => mutate(token.token_id, { onSuccess: onClose })}>Delete</Button></>}
    >
      <p>Clients that use <b>{visible(token.name)}</b> will be rejected, and browsers signed in with it signed out. Data sent with it is kept.</p>
      {error && <p className="error-text" role="alert">{error.message}</p>}
    </Dialog>
  );
}
