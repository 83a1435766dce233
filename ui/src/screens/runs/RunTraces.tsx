import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { useRowKeys } from "../../ui/keys/useRowKeys";
import { runFilter, useRunTraces } from "../../net/runs";
import { ErrorState, LoadingRows } from "../../ui/State";
import { PlainTraceTable } from "../../ui/PlainTraceTable";

/** The newest traces of a run, the failed ones first. */
export function RunTraces({ e, experimentId, runId }: { e: string; experimentId: string; runId: string }) {
  const { data, error, refetch } = useRunTraces(experimentId, runId);
  const list = useRef<HTMLDivElement>(null);
  useRowKeys(list);
  const traces = data?.traces ?? [];
  return (
    <section className="stack">
      <div className="row wrap">
        <h2 className="grow">Traces</h2>
        {traces.length > 0 && <Link className="button" to="/e/$e/traces" params={{ e }} search={{ q: runFilter(runId) } as never}>Open in the trace list</Link>}
      </div>
      {error ? <ErrorState error={error} doing="load the run’s traces" onRetry={() => void refetch()} />
        : !data ? <LoadingRows rows={4} />
        : traces.length === 0 ? <p className="muted">This run has no traces.</p>
        : (
          <div ref={list}>
            <PlainTraceTable traces={traces.toSorted((a, b) => Number(b.state === "ERROR") - Number(a.state === "ERROR"))} label="Traces of the run" />
          </div>
        )}
    </section>
  );
}
