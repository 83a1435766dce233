import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { useRowKeys } from "../../ui/keys/useRowKeys";
import { count, duration, exact, money } from "../../core/format";
import { visible } from "../../core/text";
import type { SessionRow } from "../../core/types";
import { FeedbackBadge } from "../../ui/FeedbackBadge";
import { Time } from "../../ui/Time";
import { SessionOutcome } from "./SessionOutcome";

export function SessionTable({ e, sessions }: { e: string; sessions: SessionRow[] }) {
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body);
  return (
    <div className="table-scroll">
      <table className="table sessions">
        <thead>
          <tr>
            <th scope="col">Session</th>
            <th scope="col" className="num">Turns</th>
            <th scope="col">Last activity</th>
            <th scope="col" className="medium-only">First input</th>
            <th scope="col" className="wide-only">Last output</th>
            <th scope="col" className="wide-only">User</th>
            <th scope="col" className="wide-only">Version</th>
            <th scope="col" className="num medium-only">Active</th>
            <th scope="col" className="num wide-only">Tokens</th>
            <th scope="col" className="num medium-only">Cost</th>
            <th scope="col" className="wide-only">Feedback</th>
          </tr>
        </thead>
        <tbody ref={body}>
          {sessions.map((session) => (
            <tr key={session.session}>
              <th scope="row" className="nowrap">
                <span className="row">
                  <SessionOutcome session={session} />
                  <Link className="ellipsis session-id" data-row to="/e/$e/sessions/$session" params={{ e, session: session.session }} title={visible(session.session)}>
                    {visible(session.session)}
                  </Link>
                </span>
              </th>
              <td className="num">{count(session.traces)}</td>
              <td className="nowrap"><Time ms={session.last_ms} /></td>
              <TextCell className="medium-only" text={session.first_input} />
              <TextCell className="wide-only" text={session.last_output} />
              <td className="wide-only"><span className="short ellipsis" title={visible(session.users.join(", "))}>{visible(session.users.join(", "))}</span></td>
              <td className="wide-only"><span className="short ellipsis" title={visible(session.versions.join(", "))}>{visible(session.versions.join(", "))}</span></td>
              <td className="num nowrap medium-only" title={`from the first to the last: ${duration(session.wall_ms)}`}>{duration(session.active_ms)}</td>
              <td className="num wide-only" title={exact(session.total_tokens)}>{count(session.total_tokens)}</td>
              <td className="num medium-only">{money(session.cost)}</td>
              <td className="wide-only nowrap">{session.feedback.slice(0, 3).map((stat) => <FeedbackBadge key={stat.name} stat={stat} />)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TextCell({ text, className }: { text: string | null; className: string }) {
  return <td className={`${className} text-cell`}><span className="ellipsis" title={visible(text ?? "")}>{visible(text ?? "–")}</span></td>;
}
