import { Link } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import type { LabelSchema } from "../../../core/review/labelSchema";
import { answersQuestion } from "../../../core/review/reviewAnswers";
import type { ReviewItem, ReviewQueue, ReviewStatus } from "../../../core/review/reviewQueue";
import { parseSort, sortRows } from "../../../core/sortRows";
import { shorten, visible } from "../../../core/text";
import { toast } from "../../../core/toastQueue";
import type { TraceRow } from "../../../core/types";
import { personName } from "../../../net/person";
import { addReviewItems, removeReviewItem, setReviewStatus } from "../../../net/reviewQueues";
import { readRows } from "../../../net/traces";
import { useUrl } from "../../../ui/address/useUrl";
import { AssessmentBadges } from "../../../ui/Assessment";
import { Button, IconButton } from "../../../ui/Button";
import { Menu } from "../../../ui/Menu";
import { EmptyState, ErrorState } from "../../../ui/State";
import { DataTable, type TableColumn } from "../../../ui/table/DataTable";
import { useTableSort } from "../../../ui/table/useTableSort";
import { Time } from "../../../ui/Time";

const STATUSES: { id: string; status: ReviewStatus | null; label: string }[] = [
  { id: "all", status: null, label: "All" },
  { id: "open", status: "PENDING", label: "Open" },
  { id: "complete", status: "COMPLETE", label: "Completed" },
  { id: "declined", status: "DECLINED", label: "Declined" },
];
const STATUS_TEXT: Record<ReviewStatus, string> = { PENDING: "open", COMPLETE: "completed", DECLINED: "declined" };
const SHOWN = 100;

/** All traces of the queue with their status and the answers of people. */
export function ItemsTab({ e, queue, items, questions }: { e: string; queue: ReviewQueue; items: ReviewItem[]; questions: LabelSchema[] }) {
  const [search, change] = useUrl();
  const [sort, setSort] = useTableSort("added");
  const [shown, setShown] = useState(SHOWN);
  const chosen = STATUSES.find(({ id }) => id === search.status) ?? STATUSES[0]!;
  const kept = items.filter(({ status }) => chosen.status === null || status === chosen.status);
  const { column, descending } = parseSort(sort);
  const values: Record<string, (item: ReviewItem) => string | number | undefined> = {
    status: ({ status }) => STATUS_TEXT[status], by: ({ completed_by }) => completed_by, when: ({ completed_time_ms }) => completed_time_ms, added: ({ creation_time_ms }) => creation_time_ms,
  };
  const sorted = values[column] ? sortRows(kept, values[column], descending) : kept;
  const ids = sorted.slice(0, shown).map(({ item_id }) => item_id);
  const rows = useQuery({ queryKey: ["review", "rows", ids], queryFn: async () => new Map((await readRows(ids)).map((row) => [row.trace_id, row])), placeholderData: (before) => before });
  const rowOf = ({ item_id }: ReviewItem) => rows.data?.get(item_id);
  const columns: TableColumn<ReviewItem>[] = [
    {
      id: "input", title: "Trace", rowHeader: true, className: "item-input",
      cell: (item) => <Link className="ellipsis" style={{ display: "block" }} data-row to="/e/$e/review/$queue" params={{ e, queue: queue.queue_id }} search={{ t: item.item_id } as never}>{textOf(item, rowOf(item))}</Link>,
    },
    { id: "status", title: "Status", value: values.status, cell: ({ status }) => <span className={`badge ${status === "COMPLETE" ? "ok" : ""}`}>{STATUS_TEXT[status]}</span> },
    { id: "by", title: "By", value: values.by, className: "medium-only", cell: ({ completed_by }) => visible(completed_by ?? "–") },
    { id: "when", title: "Reviewed", value: values.when, largestFirst: true, className: "nowrap medium-only", cell: ({ completed_time_ms }) => <Time ms={completed_time_ms ?? null} /> },
    {
      id: "answers", title: "Answers", className: "wide-only nowrap",
      cell: (item) => <AssessmentBadges max={3} assessments={(rowOf(item)?.assessments ?? []).filter((row) => questions.some((schema) => answersQuestion(row, schema)))} />,
    },
    { id: "added", title: "Added", value: values.added, largestFirst: true, className: "nowrap medium-only", cell: ({ creation_time_ms }) => <Time ms={creation_time_ms} /> },
    { id: "actions", title: <span className="visually-hidden">Actions</span>, number: true, cell: (item) => <Actions item={item} name={textOf(item, rowOf(item))} /> },
  ];
  return (
    <div className="review-page">
      <div className="row wrap">
        <span className="segmented" role="group" aria-label="Status">
          {STATUSES.map(({ id, label, status }) => (
            <Button key={id} small aria-pressed={chosen.id === id} onClick={() => change({ status: id === "all" ? null : id }, { replace: true })}>
              {label} <span className="muted">{items.filter((item) => status === null || item.status === status).length}</span>
            </Button>
          ))}
        </span>
      </div>
      {rows.error ? <ErrorState error={rows.error} doing="load the traces" onRetry={() => void rows.refetch()} />
        : items.length === 0 ? <EmptyState title="This queue has no traces yet"><p>Select traces in the <Link to="/e/$e/traces" params={{ e }}>trace list</Link> and press <b>Review</b>.</p></EmptyState>
        : kept.length === 0 ? <EmptyState title="No traces with this status"><Button onClick={() => change({ status: null }, { replace: true })}>Show all</Button></EmptyState>
        : <DataTable label="Traces of the queue" columns={columns} rows={sorted.slice(0, shown)} rowKey={({ item_id }) => item_id} sort={sort} onSort={setSort} isSorted rowKeys />}
      {shown < sorted.length && <div><Button onClick={() => setShown(shown + SHOWN)}>Show more</Button> <span className="meta">{shown} of {sorted.length}</span></div>}
    </div>
  );
}

function textOf({ item_id }: ReviewItem, row: TraceRow | undefined): string {
  return shorten(visible(row?.input ?? row?.name ?? item_id), 200);
}

function Actions({ item, name }: { item: ReviewItem; name: string }) {
  const attempt = (work: Promise<unknown>, done: string, undo?: () => Promise<unknown>) => {
    const fail = (error: Error) => toast(error.message, { error: true });
    work.then(() => toast(done, undo && { undo: () => void undo().catch(fail) }), fail);
  };
  const remove = () => attempt(removeReviewItem(item.queue_id, item.item_id), "Removed from the queue", () => addReviewItems(item.queue_id, [item.item_id]));
  const reopen = () => attempt(setReviewStatus(item.queue_id, item.item_id, "PENDING", personName()), "The trace is open again");
  return (
    <Menu
      label={`Actions for ${name}`} align="end"
      trigger={<IconButton look="plain" small label={`Actions for ${name}`} icon={<Ellipsis aria-hidden />} />}
      items={[
        { label: "Reopen", disabled: item.status === "PENDING", run: reopen },
        null,
        { label: "Remove from the queue", danger: true, run: remove },
      ]}
    />
  );
}
