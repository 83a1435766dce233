import { useState } from "react";
import { visible } from "../../core/text";
import { useTokens, type NewToken } from "../../net/tokens";
import { Button } from "../../ui/Button";
import { ErrorState, LoadingRows } from "../../ui/State";
import { Time } from "../../ui/Time";
import { CreateToken } from "./CreateToken";
import { DeleteToken } from "./DeleteToken";
import { ShowToken } from "./ShowToken";
import type { TokenRow } from "../../net/types";

/** Who may come in. */
export function Tokens() {
  const { data, error, isPending, refetch } = useTokens();
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<NewToken | null>(null);
  const [leaving, setLeaving] = useState<TokenRow | null>(null);
  if (error && !data) return <ErrorState error={error} doing="list the tokens" onRetry={() => void refetch()} />;
  if (isPending) return <LoadingRows rows={3} />;
  const { tokens } = data;
  return (
    <div className="stack">
      <div className="row wrap">
        <p className="grow">
          {tokens.length === 0
            ? "No token exists: everybody who can reach this server is let in. From the first token on, every request needs one."
            : "Every request needs one of these, and so does every browser."}
        </p>
        <Button look="primary" onClick={() => setCreating(true)}>New token</Button>
      </div>
      {tokens.length > 0 && (
        <div className="table-scroll">
          <table className="table">
            <thead><tr><th scope="col">Name</th><th scope="col">Made</th><th scope="col"><span className="visually-hidden">Actions</span></th></tr></thead>
            <tbody>
              {tokens.map((token) => (
                <tr key={token.token_id}>
                  <th scope="row">{visible(token.name)}</th>
                  <td><Time ms={token.created_ms} /></td>
                  <td className="num"><Button small look="danger" aria-label={`Delete the token ${token.name}`} onClick={() => setLeaving(token)}>Delete</Button></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {creating && <CreateToken first={tokens.length === 0} onMade={(token) => { setCreating(false); setMade(token); }} onClose={() => setCreating(false)} />}
      {made && <ShowToken token={made} onClose={() => setMade(null)} />}
      {leaving && <DeleteToken token={leaving} last={tokens.length === 1} onClose={() => setLeaving(null)} />}
    </div>
  );
}
