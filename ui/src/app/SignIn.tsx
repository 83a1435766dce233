import { useState } from "react";
import { kansoku } from "../net/api";
import { queryClient } from "../net/queryClient";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";

/** Asks for a token, and then shows what was asked for. */
export default function SignIn() {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const signIn = async () => {
    setProblem(null);
    try {
      await kansoku("session", {}, { method: "POST", body: { token: token.trim() } });
      await queryClient.invalidateQueries();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Dialog title="Sign in" onClose={() => undefined} foot={<Button look="primary" onClick={signIn} disabled={!token.trim()}>Sign in</Button>}>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); void signIn(); }}>
        <p>This server asks for a token. <code>kansoku token create --name you</code> makes one.</p>
        <div className="field">
          <label htmlFor="token">Token</label>
          <input id="token" className="input mono" type="password" autoComplete="current-password" autoFocus placeholder="kan_…" value={token} onChange={(event) => setToken(event.target.value)} />
        </div>
        {problem && <p className="error-text" role="alert">{problem}</p>}
      </form>
    </Dialog>
  );
}
