import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { plural } from "../../core/format";
import { issueFilter, type Issue } from "../../core/issue";
import { pastedTraceId } from "../../core/pasted";
import { visible } from "../../core/text";
import { linkTraces } from "../../net/issues";
import { BulkDialog } from "../../ui/curate/BulkDialog";

/** Links traces to an issue by their ids or links. */
export function LinkTracesDialog({ e, issue, onClose }: { e: string; issue: Issue; onClose: () => void }) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const words = typed.split(/[\s,;]+/).filter(Boolean);
  const ids = [...new Set(words.flatMap((word) => pastedTraceId(word) ?? []))];
  const unknown = words.find((word) => pastedTraceId(word) === null);
  return (
    <BulkDialog
      title="Link traces to this issue"
      action={ids.length === 0 ? "Link" : `Link ${plural(ids.length, "trace")}`}
      target={{ ids }}
      ready={ids.length > 0 && unknown === undefined}
      work={(all, onProgress, signal) => linkTraces(issue, all, onProgress, signal)}
      doneText={(done) => `${plural(done, "trace")} linked`}
      onDone={() => undefined}
      onClose={onClose}
    >
      <div className="field">
        <label htmlFor={id}>Ids of traces, or links to them, one per line</label>
        <textarea id={id} className="input mono" rows={5} value={typed} aria-describedby={unknown ? `${id}unknown` : undefined} onChange={(event) => setTyped(event.target.value)} />
      </div>
      {unknown !== undefined && <p id={`${id}unknown`} className="error-text">“{visible(unknown)}” is not the id of a trace.</p>}
      <p className="meta">
        Or <Link to="/e/$e/traces" params={{ e }} search={{ q: `NOT ${issueFilter(issue.issue_id)}` } as never} onClick={onClose}>select them in the trace list</Link> and choose <i>Issue</i>.
      </p>
    </BulkDialog>
  );
}
