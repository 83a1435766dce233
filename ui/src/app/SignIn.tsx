import { useEffect, useId, useRef, useState } from "react";
import { ApiError } from "../net/api";
import { useSignIn } from "../net/session";
import { Button } from "../ui/Button";

/** Asks for a token in a modal dialog that cannot be closed without one. */
export default function SignIn() {
  const [token, setToken] = useState("");
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const { mutate, error, isPending } = useSignIn();
  useEffect(() => {
    const opened = dialog.current;
    if (opened && !opened.open) opened.showModal();
    return () => opened?.close();
  }, []);
  const wrong = error instanceof ApiError && error.status === 401;
  return (
    <dialog
      ref={dialog}
      className="dialog sign-in"
      aria-labelledby={`${id}-title`}
      onCancel={(event) => event.preventDefault()}
      // A second Esc would close it regardless.
      onKeyDown={(event) => { if (event.key === "Escape") event.preventDefault(); event.stopPropagation(); }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim() && !isPending) mutate(token.trim());
        }}
      >
        <div className="dialog-head"><h2 id={`${id}-title`}>Sign in to Kansoku</h2></div>
        <div className="dialog-body">
          <p>This server requires a token. Its operator creates one with</p>
          <pre className="mono">kansoku token create --name you</pre>
          {/* Lets a password manager save the token. */}
          <input type="text" name="username" autoComplete="username" value="kansoku" readOnly hidden />
          <div className="field">
            <label htmlFor={`${id}-token`}>Token</label>
            <input
              id={`${id}-token`}
              className="input mono"
              type="password"
              name="token"
              autoComplete="current-password"
              placeholder="kan_…"
              value={token}
              aria-invalid={!!error}
              aria-describedby={error ? `${id}-problem` : undefined}
              onChange={(event) => setToken(event.target.value)}
            />
          </div>
          {error && (
            <p className="error-text" id={`${id}-problem`} role="alert">
              {wrong ? "Unknown token. It may have been deleted, or copied incompletely." : error.message}
            </p>
          )}
        </div>
        <div className="dialog-foot">
          <Button type="submit" look="primary" disabled={!token.trim() || isPending}>{isPending ? "Signing in…" : "Sign in"}</Button>
        </div>
      </form>
    </dialog>
  );
}
