import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTitle } from "../browser/useTitle";
import { ApiError } from "../../net/api";
import { Button } from "../Button";
import { EmptyState, ErrorState } from "../State";

/** Shown instead of a trace that cannot be loaded, most often because it does not exist. */
export function TraceProblem({ traceId, error, onRetry, onClose }: {
  traceId: string;
  error: unknown;
  onRetry: () => void;
  onClose?: () => void;
}) {
  const missing = error instanceof ApiError && (error.status === 404 || error.status === 400);
  useTitle(missing ? "Trace not found" : "Trace");
  const [other, setOther] = useState("");
  // In a pane, the page around it has its heading.
  const heading = onClose ? null : <h1 className="visually-hidden">Trace {traceId}</h1>;
  if (!missing) return <>{heading}<ErrorState error={error} doing="load the trace" onRetry={onRetry} /></>;
  return (
    <>
      {heading}
      <EmptyState title="Trace not found">
        <p>
          <code className="trace-id">{traceId}</code> is in no experiment of this server. It was deleted, by hand or by retention, or the address is incomplete: ids begin with <code>tr-</code>. {(error as ApiError).message}
        </p>
        <form className="row wrap" onSubmit={(event) => event.preventDefault()}>
          <label className="visually-hidden" htmlFor="other-trace">Another trace id</label>
          <input id="other-trace" className="input mono" style={{ width: 320 }} placeholder="tr-…" value={other} onChange={(event) => setOther(event.target.value)} />
          <Link className="button" to="/t/$traceId" params={{ traceId: other.trim() || traceId }}>Open</Link>
          {onClose ? <Button onClick={onClose}>Close</Button> : <Link className="button" to="/">All experiments</Link>}
          <Button onClick={onRetry}>Try again</Button>
        </form>
      </EmptyState>
    </>
  );
}
