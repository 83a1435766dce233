import { Link } from "@tanstack/react-router";
import { count, duration, exact, money } from "../../core/format";
import { visible } from "../../core/text";
import type { SessionRow } from "../../core/types";
import { FeedbackBadge } from "../../ui/FeedbackBadge";
import { Pills } from "../../ui/Pills";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { Time } from "../../ui/Time";
import { SessionOutcome } from "./SessionOutcome";

export function SessionTable({ e, sessions, running, absolute, sort, onSort }: {
  e: string;
  sessions: SessionRow[];
  /** The sessions with a trace that has not ended. */
  running: ReadonlySet<string>;
  /** Clock times instead of ages. */
  absolute: boolean;
  sort: string;
  onSort: (sort: string) => void;
}) {
  const columns: TableColumn<SessionRow>[] = [
    {
      id: "session", title: "Session", value: ({ session }) => session, rowHeader: true, className: "nowrap",
      cell: (row) => (
        <span className="row">
          <SessionOutcome session={row} running={running.has(row.session)} />
          <Link className="ellipsis session-id" data-row to="/e/$e/sessions/$session" params={{ e, session: row.session }} title={visible(row.session)}>
            {visible(row.session)}
          </Link>
        </span>
      ),
    },
    { id: "turns", title: "Turns", value: ({ traces }) => traces, number: true, cell: ({ traces }) => count(traces) },
    { id: "last", title: "Last activity", value: ({ last_ms }) => last_ms, largestFirst: true, className: "nowrap", cell: ({ last_ms }) => <Time ms={last_ms} absolute={absolute} /> },
    { id: "input", title: "First input", className: "medium-only text-cell", cell: ({ first_input }) => <TextCell text={first_input} /> },
    { id: "output", title: "Last output", className: "wide-only text-cell", cell: ({ last_output }) => <TextCell text={last_output} /> },
    { id: "user", title: "User", value: ({ users }) => users[0], className: "wide-only", cell: ({ users }) => <ShortText texts={users} /> },
    { id: "version", title: "Version", value: ({ versions }) => versions[0], className: "wide-only", cell: ({ versions }) => <ShortText texts={versions} /> },
    {
      id: "active", title: "Active", value: (row) => row.active_ms, number: true, className: "medium-only",
      cell: (row) => <span title={`from the first to the last: ${duration(row.wall_ms)}`}>{duration(row.active_ms)}</span>,
    },
    { id: "tokens", title: "Tokens", value: (row) => row.total_tokens, number: true, className: "wide-only", cell: (row) => <span title={exact(row.total_tokens)}>{count(row.total_tokens)}</span> },
    { id: "cost", title: "Cost", value: ({ cost }) => cost, number: true, className: "medium-only", cell: ({ cost }) => money(cost) },
    {
      id: "feedback", title: "Feedback", className: "wide-only nowrap",
      cell: ({ feedback }) => (
        <Pills items={feedback} keyOf={({ name }) => name} textOf={({ name, count }) => visible(`${name}: ${count} rated`)}>
          {(stat) => <FeedbackBadge stat={stat} />}
        </Pills>
      ),
    },
  ];
  return <DataTable label="Sessions" className="sessions" columns={columns} rows={sessions} rowKey={({ session }) => session} sort={sort} onSort={onSort} rowKeys />;
}

function TextCell({ text }: { text: string | null }) {
  return <span title={visible(text ?? "")}>{visible(text ?? "–")}</span>;
}

function ShortText({ texts }: { texts: string[] }) {
  const text = visible(texts.join(", "));
  return <span className="short ellipsis" title={text}>{text}</span>;
}
