import { useId, useState } from "react";
import { visible } from "../../core/text";
import { useRotateToken, type NewToken } from "../../net/tokens";
import type { TokenRow } from "../../core/types";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

const GRACES = [
  { label: "24 hours", seconds: 86_400 },
  { label: "1 hour", seconds: 3600 },
  { label: "7 days", seconds: 7 * 86_400 },
  { label: "Not at all: revoke it now", seconds: 0 },
];

/** Creates a new secret for a token; the old one stays valid for a grace period. */
export function RotateToken({ token, onMade, onClose }: { token: TokenRow; onMade: (token: NewToken) => void; onClose: () => void }) {
  const [graceS, setGraceS] = useState(86_400);
  const id = useId();
  const { mutate, error, isPending } = useRotateToken();
  return (
    <Dialog
      title="Rotate the token"
      onClose={onClose}
      foot={<><Button onClick={onClose}>Cancel</Button><Button look="primary" disabled={isPending} onClick={() => mutate({ tokenId: token.token_id, graceS }, { onSuccess: onMade })}>Rotate</Button></>}
    >
      <p><b>{visible(token.name)}</b> gets a new secret and keeps its permissions.</p>
      <div className="field">
        <label htmlFor={id}>How long the current secret stays valid</label>
        <select id={id} className="select" value={graceS} onChange={(event) => setGraceS(Number(event.target.value))}>
          {GRACES.map(({ label, seconds }) => <option key={seconds} value={seconds}>{label}</option>)}
        </select>
      </div>
      {error && <p className="error-text" role="alert">{error.message}</p>}
    </Dialog>
  );
}
