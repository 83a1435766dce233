import { Link } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import type { LabelSchema } from "../../core/review/labelSchema";
import { isSameUser, type Progress, type ReviewQueue } from "../../core/review/reviewQueue";
import { visible } from "../../core/text";
import { personName } from "../../net/person";
import { IconButton } from "../../ui/Button";
import { copyText } from "../../ui/CopyButton";
import { Menu } from "../../ui/Menu";
import { Pills } from "../../ui/Pills";
import { QueueProgress } from "../../ui/review/QueueProgress";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";
import { Time } from "../../ui/Time";
import type { ReviewChange } from "./ReviewDialog";

export interface QueueRow {
  queue: ReviewQueue;
  /** `null` if it is not loaded. */
  progress: Progress | null;
  questions: LabelSchema[];
}

/** The review queues with their progress. */
export function QueueTable({ e, rows, isReading, onChange }: { e: string; rows: QueueRow[]; isReading: boolean; onChange: (change: ReviewChange) => void }) {
  const [sort, setSort] = useTableSort("-created");
  const person = personName();
  const columns: TableColumn<QueueRow>[] = [
    {
      id: "name", title: "Queue", value: ({ queue }) => queue.name, rowHeader: true, className: "queue-name",
      cell: ({ queue }) => (
        <span className="row">
          <Link className="ellipsis" data-row to="/e/$e/review/$queue" params={{ e, queue: queue.queue_id }} title={visible(queue.name)}>{visible(queue.name)}</Link>
          {queue.queue_type === "USER" ? <span className="badge">personal</span>
            : queue.users?.some((user) => isSameUser(user, person)) && <span className="badge accent">yours</span>}
        </span>
      ),
    },
    {
      id: "progress", title: "Reviewed", value: ({ progress }) => shareOf(progress), largestFirst: true, className: "nowrap",
      cell: ({ progress }) => (progress ? <QueueProgress progress={progress} /> : isReading ? <span className="bone queue-bone" aria-label="Loading" role="img" /> : "–"),
    },
    { id: "open", title: "Open", value: ({ progress }) => progress?.open, number: true, className: "medium-only", cell: ({ progress }) => progress?.open ?? "" },
    { id: "reviewers", title: "Reviewers", className: "medium-only reviewers", cell: ({ queue, progress }) => <Reviewers queue={queue} progress={progress} /> },
    {
      id: "questions", title: "Questions", value: ({ questions }) => questions.length, className: "wide-only",
      cell: ({ questions }) => questions.length === 0 ? <span className="warn-text">none</span> : (
        <Pills items={questions} max={3} keyOf={({ schema_id }) => schema_id} textOf={({ name }) => visible(name)}>
          {({ name }) => <span className="badge" title={visible(name)}><span className="ellipsis">{visible(name)}</span></span>}
        </Pills>
      ),
    },
    { id: "created", title: "Created", value: ({ queue }) => queue.creation_time_ms, largestFirst: true, className: "nowrap medium-only", cell: ({ queue }) => <Time ms={queue.creation_time_ms} /> },
    { id: "actions", title: <span className="visually-hidden">Actions</span>, number: true, cell: (row) => <Actions row={row} onChange={onChange} /> },
  ];
  return <DataTable label="Review queues" className="queues" columns={columns} rows={rows} rowKey={({ queue }) => queue.queue_id} sort={sort} onSort={setSort} rowKeys />;
}

function shareOf(progress: Progress | null): number | null {
  return progress && progress.all ? (progress.all - progress.open) / progress.all : null;
}

/** The reviewers of the queue with the items that each has done; then others who reviewed. */
function Reviewers({ queue, progress }: { queue: ReviewQueue; progress: Progress | null }) {
  const done = new Map(progress?.byUser);
  const names = [...new Set([...(queue.users ?? []), ...done.keys()])];
  if (names.length === 0) return <span className="muted">anyone</span>;
  const textOf = (name: string) => `${visible(name)} ${done.get(name) ?? 0}`;
  return (
    <Pills items={names} max={3} keyOf={(name) => name} textOf={textOf}>
      {(name) => <span className="badge" title={`${visible(name)}: ${done.get(name) ?? 0} reviewed`}><span className="ellipsis">{visible(name)}</span> {done.get(name) ?? 0}</span>}
    </Pills>
  );
}

function Actions({ row: { queue, progress }, onChange }: { row: QueueRow; onChange: (change: ReviewChange) => void }) {
  const label = `Actions for ${queue.name}`;
  const hasItems = (progress?.all ?? 1) > 0;
  return (
    <Menu
      label={label}
      align="end"
      trigger={<IconButton look="plain" small label={label} icon={<Ellipsis aria-hidden />} />}
      items={[
        { label: "Edit…", run: () => onChange({ kind: "edit queue", queue, hasItems }) },
        { label: "Copy id", run: () => void copyText(queue.queue_id) },
        null,
        { label: "Delete…", danger: true, run: () => onChange({ kind: "delete queue", queue, items: progress?.all ?? null }) },
      ]}
    />
  );
}
