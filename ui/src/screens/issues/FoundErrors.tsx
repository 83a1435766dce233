import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { exact, plural } from "../../core/format";
import { foundErrors, type FoundError, type Issue } from "../../core/issue";
import { errorProposal } from "../../core/issueProposal";
import { shorten, visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import type { TraceGroup } from "../../core/types";
import { type Side, sideRange, useSideGroups } from "../../net/analytics";
import { useChangeIssue } from "../../net/issues";
import { TracesLink } from "../../ui/address/TracesLink";
import { Button } from "../../ui/Button";
import { LazyLinkToIssue } from "../../ui/curate/LazyLinkToIssue";
import { Sparkline } from "../../ui/Sparkline";
import { ErrorState, LoadingRows } from "../../ui/State";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";
import { Time } from "../../ui/Time";

const BUCKETS = 30;
const ERRORS_MAX = 20;

/** Errors of the time range that no issue stands for. Errors that differ only in numbers and ids are counted together. */
export function FoundErrors({ experiment, side, issues }: { experiment: string; side: Side; issues: Issue[] }) {
  const { data, error, refetch } = useSideGroups(experiment, side, "error", { buckets: BUCKETS });
  const [sort, setSort] = useTableSort("-traces", "sort_errors");
  // Kept here, as the row disappears when its error has an issue.
  const [chosen, setChosen] = useState<TraceGroup | null>(null);
  const errors = (data?.groups ?? []).filter(({ value }) => value !== null);
  const found = foundErrors(errors, issues);
  const columns: TableColumn<FoundError>[] = [
    {
      id: "error", title: "Error", value: ({ group }) => group.value, rowHeader: true, className: "found-error",
      cell: ({ group, resolved }) => (
        <>
          <TracesLink experiment={experiment} target={{ q: group.filter, range: side.range, count: group.traces }} className="mono" title={visible(group.value ?? "")}>{visible(group.value ?? "")}</TracesLink>
          {resolved && (
            <span className="meta warn-text">
              seen again after <Link to="/e/$e/issues/$issue" params={{ e: experiment, issue: resolved.issue_id }}>{shorten(visible(resolved.name), 60)}</Link> was resolved
            </span>
          )}
        </>
      ),
    },
    { id: "series", title: "Over time", className: "medium-only", cell: ({ group }) => <Sparkline values={group.series} label={`${plural(group.traces, "trace")} over time`} /> },
    { id: "traces", title: "Traces", value: ({ group }) => group.traces, number: true, cell: ({ group }) => exact(group.traces) },
    { id: "last", title: "Last seen", value: ({ group }) => group.last_ms, largestFirst: true, className: "nowrap medium-only", cell: ({ group }) => <Time ms={group.last_ms} /> },
    {
      id: "issue", title: <span className="visually-hidden">Issue</span>, className: "num",
      cell: ({ group, resolved }) => resolved
        ? <Reopen issue={resolved} />
        : <Button small aria-label={`Make an issue of ${visible(group.value ?? "")}`} onClick={() => setChosen(group)}>Make an issue</Button>,
    },
  ];
  return (
    <section className="stack" aria-labelledby="found-errors">
      <h2 id="found-errors">Errors without an issue</h2>
      {error ? <ErrorState error={error} doing="load the errors" onRetry={() => void refetch()} />
        : !data ? <LoadingRows rows={3} />
        : errors.length === 0 ? <p className="muted">No errors in this time range.</p>
        : found.length === 0 ? <p className="muted">Every error in this time range has an issue.</p>
        : <DataTable labelledBy="found-errors" columns={columns} rows={found.slice(0, ERRORS_MAX)} rowKey={({ group }) => group.filter} sort={sort} onSort={setSort} />}
      {ERRORS_MAX < found.length && <p className="meta">The {ERRORS_MAX} commonest of {exact(found.length)} errors without an issue.</p>}
      {data && !data.complete && <p className="meta warn-text">Only the newest traces were counted; narrow the time range for all of them.</p>}
      {chosen && (
        <LazyLinkToIssue
          experiment={experiment} target={{ all: { experiment, q: chosen.filter, ...sideRange(side) }, count: chosen.traces }} proposal={errorProposal(chosen.value ?? "")}
          onClose={() => setChosen(null)}
        />
      )}
    </section>
  );
}

function Reopen({ issue }: { issue: Issue }) {
  const { mutate, isPending } = useChangeIssue(issue.issue_id);
  const reopen = () => mutate({ status: "pending" }, {
    onSuccess: () => toast("The issue is pending again", { undo: () => mutate({ status: "resolved" }) }),
  });
  return <Button small disabled={isPending} aria-label={`Reopen ${visible(issue.name)}`} onClick={reopen}>Reopen</Button>;
}
