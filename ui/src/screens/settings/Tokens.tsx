import { useState } from "react";
import { experimentsText } from "../../core/tokenForm";
import { visible } from "../../core/text";
import { useServer } from "../../net/server";
import { useTokens, type NewToken } from "../../net/tokens";
import type { TokenRow } from "../../core/types";
import { Button } from "../../ui/Button";
import { ErrorState, LoadingRows } from "../../ui/State";
import { Time } from "../../ui/Time";
import { useNow } from "../../ui/useNow";
import { CreateToken } from "./CreateToken";
import { DeleteToken } from "./DeleteToken";
import { RotateToken } from "./RotateToken";
import { ShowToken } from "./ShowToken";

/** The tokens of the server. */
export function Tokens() {
  const { data: server } = useServer();
  const mayManage = server?.scopes.includes("admin") ?? true;
  const { data, error, refetch } = useTokens(mayManage);
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<NewToken | null>(null);
  const [rotating, setRotating] = useState<TokenRow | null>(null);
  const [leaving, setLeaving] = useState<TokenRow | null>(null);
  if (!mayManage) {
    return <p>Your token{server?.token_name ? ` ${visible(server.token_name)}` : ""} may not manage tokens. It has the scopes {server?.scopes.join(", ")}; ask for one with the scope admin.</p>;
  }
  if (error && !data) return <ErrorState error={error} doing="load the tokens" onRetry={() => void refetch()} />;
  if (!data) return <LoadingRows rows={3} />;
  const { tokens } = data;
  const shown = (token: NewToken) => { setCreating(false); setRotating(null); setMade(token); };
  return (
    <div className="stack">
      <div className="row wrap">
        <p className="grow">
          {tokens.length === 0
            ? "There are no tokens: anyone who can reach this server has access. Once the first token exists, every request needs one."
            : "Every request and every browser needs one of these."}
        </p>
        <Button look="primary" onClick={() => setCreating(true)}>New token</Button>
      </div>
      {tokens.length > 0 && <TokenTable tokens={tokens} onRotate={setRotating} onDelete={setLeaving} />}
      {creating && <CreateToken first={tokens.length === 0} onMade={shown} onClose={() => setCreating(false)} />}
      {made && <ShowToken token={made} onClose={() => setMade(null)} />}
      {rotating && <RotateToken token={rotating} onMade={shown} onClose={() => setRotating(null)} />}
      {leaving && <DeleteToken token={leaving} onClose={() => setLeaving(null)} />}
    </div>
  );
}

function TokenTable({ tokens, onRotate, onDelete }: { tokens: TokenRow[]; onRotate: (token: TokenRow) => void; onDelete: (token: TokenRow) => void }) {
  const now = useNow();
  return (
    <div className="table-scroll" role="region" aria-label="Tokens" tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Name</th><th scope="col">Permissions</th><th scope="col">Experiments</th><th scope="col">Expires</th>
            <th scope="col">Last used</th><th scope="col" className="medium-only">Created</th><th scope="col"><span className="visually-hidden">Actions</span></th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => {
            const isExpired = token.expires_ms != null && token.expires_ms <= now;
            const oldEnds = token.secrets.find(({ expires_ms }) => expires_ms != null)?.expires_ms;
            return (
              <tr key={token.token_id}>
                <th scope="row">
                  {visible(token.name)}
                  {oldEnds != null && <span className="meta check-advice">old secret ends <Time ms={oldEnds} /></span>}
                </th>
                <td>{token.scopes.join(", ")}</td>
                <td className="reason">{visible(experimentsText(token))}</td>
                <td>{token.expires_ms == null ? "never" : isExpired ? <span className="error-text">expired</span> : <Time ms={token.expires_ms} />}</td>
                <td>{token.last_used_ms == null ? "never" : <Time ms={token.last_used_ms} />}</td>
                <td className="medium-only"><Time ms={token.created_ms} />{token.created_by && <span className="meta"> by {visible(token.created_by)}</span>}</td>
                <td className="num nowrap">
                  <Button small aria-label={`Rotate the token ${token.name}`} onClick={() => onRotate(token)}>Rotate…</Button>{" "}
                  <Button small look="danger" aria-label={`Delete the token ${token.name}`} onClick={() => onDelete(token)}>Delete</Button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
