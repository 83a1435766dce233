import { TracesLink } from "../../ui/address/TracesLink";
import { exact, plural } from "../../core/format";
import { errorProposal } from "../../core/issueProposal";
import { visible } from "../../core/text";
import type { RangeText } from "../../core/timeRange";
import { useGroups, type TraceScope } from "../../net/traces";
import type { TraceGroup } from "../../core/types";
import { LinkToIssueButton } from "../../ui/curate/LinkToIssueButton";
import { ErrorState, LoadingRows } from "../../ui/State";
import { Sparkline } from "../../ui/Sparkline";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";
import { Time } from "../../ui/Time";

const BUCKETS = 30;
const ERRORS_MAX = 10;

/** The most frequent errors. Those that differ only in numbers and ids are counted together. */
export function TopErrors({ scope, range }: { scope: TraceScope; range: RangeText }) {
  const { data, error, refetch } = useGroups(scope, "error", BUCKETS);
  const [sort, setSort] = useTableSort("-traces", "sort_errors");
  const errors = (data?.groups ?? []).filter(({ value }) => value !== null);
  const columns: TableColumn<TraceGroup>[] = [
    {
      id: "error", title: "Error", value: ({ value }) => value, rowHeader: true, className: "top-error",
      // The filter of a group includes the filter of the screen.
      cell: (group) => <TracesLink experiment={scope.experiment} target={{ q: group.filter, range, count: group.traces }} className="mono" title={visible(group.value ?? "")}>{visible(group.value ?? "")}</TracesLink>,
    },
    { id: "series", title: "Over time", className: "medium-only", cell: ({ series, traces }) => <Sparkline values={series} label={`${plural(traces, "trace")} over time`} /> },
    { id: "traces", title: "Traces", value: ({ traces }) => traces, number: true, cell: ({ traces }) => exact(traces) },
    { id: "failed", title: "Failed", hint: "Traces that failed themselves; the others recovered", value: (group) => group.errors, number: true, cell: (group) => exact(group.errors) },
    { id: "first", title: "First", value: (group) => group.first_ms, largestFirst: true, className: "nowrap medium-only", cell: (group) => <Time ms={group.first_ms} /> },
    { id: "last", title: "Last", value: (group) => group.last_ms, largestFirst: true, className: "nowrap", cell: (group) => <Time ms={group.last_ms} /> },
    {
      id: "issue", title: <span className="visually-hidden">Issue</span>,
      cell: (group) => (
        <LinkToIssueButton
          experiment={scope.experiment} target={() => ({ all: { ...scope, q: group.filter }, count: group.traces })} proposal={errorProposal(group.value ?? "")}
          label={`Link the traces with ${visible(group.value ?? "")} to an issue`}
        >
          Issue
        </LinkToIssueButton>
      ),
    },
  ];
  return (
    <section className="stack" aria-labelledby="errors">
      <h2 id="errors">Top errors</h2>
      {error ? <ErrorState error={error} doing="load the errors" onRetry={() => void refetch()} />
        : !data ? <LoadingRows rows={3} />
        : errors.length === 0 ? <p className="muted">No error says what happened.</p>
        : <DataTable labelledBy="errors" columns={columns} rows={errors.slice(0, ERRORS_MAX)} rowKey={({ filter }) => filter} sort={sort} onSort={setSort} />}
      {ERRORS_MAX < errors.length && <p className="meta">The {ERRORS_MAX} commonest of {errors.length} errors.</p>}
    </section>
  );
}
