import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTitle } from "../browser/useTitle";
import { ApiError } from "../../net/api";
import { Button } from "../Button";
import { EmptyState, ErrorState } from "../State";

/** A trace that cannot be shown: most often it is not there. */
export function TraceProblem({ traceId, error, onRetry, onClose }: {
  traceId: string;
  error: unknown;
  onRetry: () => void;
  onClose?: () => void;
}) {
  const missing = error instanceof ApiError && (error.status === 404 || error.status === 400);
  useTitle(missing ? "No such trace" : "Trace");
  const [other, setOther] = useState("");
  if (!missing) return <ErrorState error={error} doing="read the trace" onRetry={onRetry} />;
  return (
    <EmptyState title="There is no such trace">
      <p>
        <code className="trace-id">{traceId}</code> is on this server in no experiment. It was deleted, it is older than what is kept, or the
        address is cut off: ids begin with <code>tr-</code>. {(error as ApiError).message}
      </p>
      <form className="row wrap" onSubmit={(event) => event.preventDefault()}>
        <label className="visually-hidden" htmlFor="other-trace">Another trace’s id</label>
        <input id="other-trace" className="input mono" style={{ width: 320 }} placeholder="tr-…" value={other} onChange={(event) => setOther(event.target.value)} />
        <Link className="button" to="/t/$traceId" params={{ traceId: other.trim() || traceId }}>Open</Link>
        {onClose ? <Button onClick={onClose}>Close</Button> : <Link className="button" to="/">All experiments</Link>}
        <Button onClick={onRetry}>Try again</Button>
      </form>
    </EmptyState>
  );
}
