import { Unlink } from "lucide-react";
import { useRef, useState } from "react";
import { exact } from "../../core/format";
import { linksTo, type Issue } from "../../core/issue";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import type { TraceRow } from "../../core/types";
import { type Side, useNewestTraces } from "../../net/analytics";
import { unlinkTrace } from "../../net/issues";
import { IconButton } from "../../ui/Button";
import { useRowKeys } from "../../ui/keys/useRowKeys";
import { PlainTraceTable } from "../../ui/PlainTraceTable";
import { ErrorState, LoadingRows } from "../../ui/State";

const TRACES_MAX = 100;

/** The newest traces of an issue, each with a button that unlinks it. */
export function IssueTraces({ e, issue, side, total }: { e: string; issue: Issue; side: Side; total: number }) {
  const { data, error, refetch } = useNewestTraces(e, side, TRACES_MAX);
  const list = useRef<HTMLDivElement>(null);
  useRowKeys(list);
  return (
    <section className="stack" aria-labelledby="issue-traces">
      <h2 id="issue-traces">Traces</h2>
      {error ? <ErrorState error={error} doing="load the issue’s traces" onRetry={() => void refetch()} />
        : !data ? <LoadingRows rows={4} />
        : <div ref={list}><PlainTraceTable traces={data.traces} label="Traces of the issue" action={(trace) => <UnlinkButton issue={issue} trace={trace} />} /></div>}
      {TRACES_MAX < total && <p className="meta">The newest {TRACES_MAX} of {exact(total)}; the trace list has all of them.</p>}
    </section>
  );
}

function UnlinkButton({ issue, trace }: { issue: Issue; trace: TraceRow }) {
  const [busy, setBusy] = useState(false);
  const failed = (error: unknown) => toast(error instanceof Error ? error.message : String(error), { error: true });
  const unlink = () => {
    setBusy(true);
    unlinkTrace(issue, trace.trace_id, linksTo(trace.assessments, issue.issue_id))
      .then((undo) => toast("The trace was unlinked from the issue", { undo: () => void undo().catch(failed) }), failed)
      .finally(() => setBusy(false));
  };
  return <IconButton look="plain" small disabled={busy} label={`Unlink ${visible(trace.input ?? trace.name ?? trace.trace_id)}`} title="Unlink from the issue" icon={<Unlink aria-hidden />} onClick={unlink} />;
}
