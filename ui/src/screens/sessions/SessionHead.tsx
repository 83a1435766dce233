import { Link } from "@tanstack/react-router";
import { count, duration, exact, money, plural } from "../../core/format";
import { visible } from "../../core/text";
import { thumbOf, thumbsName } from "../../core/thumbs";
import { readVerdict } from "../../core/verdict";
import type { SessionDetail } from "../../net/types";
import { AssessmentBadge } from "../../ui/Assessment";
import { CopyButton } from "../../ui/CopyButton";
import { Thumbs } from "../../ui/Thumbs";
import { Time } from "../../ui/Time";

/** What a session is and what it came to. */
export function SessionHead({ e, detail, onThumb }: {
  e: string;
  detail: SessionDetail;
  onThumb: (pressed: "good" | "bad") => void;
}) {
  const { session, assessments } = detail;
  const filter = `session = '${session.session}'`;
  return (
    <header className="stack">
      <div className="row wrap">
        <Link to="/e/$e/sessions" params={{ e }} className="button plain">← Sessions</Link>
        <h1 className="ellipsis" title={visible(session.session)}>{visible(session.session)}</h1>
        <CopyButton text={session.session} label="Copy the session’s id" />
        <span className="grow" />
        {!session.session.includes("'") && (
          <Link className="button" to="/e/$e/traces" params={{ e }} search={{ q: filter } as never}>As a list of traces</Link>
        )}
        <Thumbs verdict={readVerdict(thumbOf(assessments, thumbsName(assessments))?.value)} of="the whole session" onPress={onThumb} />
      </div>
      <dl className="figures">
        <Figure name="Turns" value={exact(session.traces)} />
        <Figure name="Failed" value={session.errors ? plural(session.errors, "turn") : "none"} bad={session.errors > 0} />
        {session.recovered > 0 && <Figure name="Recovered" value={plural(session.recovered, "turn")} warn />}
        <Figure name="Active" value={duration(session.active_ms)} />
        <Figure name="From first to last" value={duration(session.wall_ms)} />
        <Figure name="Tokens" value={count(session.total_tokens)} title={exact(session.total_tokens)} />
        <Figure name="Cost" value={money(session.cost)} />
        {session.users.length > 0 && <Figure name="User" value={visible(session.users.join(", "))} />}
        {session.versions.length > 0 && <Figure name="Version" value={visible(session.versions.join(", "))} />}
        <div><dt>Last</dt><dd><Time ms={session.last_ms} /></dd></div>
      </dl>
      {assessments.length > 0 && (
        <ul className="session-assessments" aria-label="Assessments of the session">
          {assessments.map((assessment) => (
            <li key={assessment.assessment_id} className="row wrap">
              <AssessmentBadge assessment={assessment} />
              <span className="meta">{visible([assessment.source_id ?? assessment.source_type, assessment.rationale].filter(Boolean).join(": "))}</span>
            </li>
          ))}
        </ul>
      )}
    </header>
  );
}

function Figure({ name, value, title, bad, warn }: { name: string; value: string; title?: string; bad?: boolean; warn?: boolean }) {
  return <div title={title}><dt>{name}</dt><dd className={bad ? "error-text" : warn ? "warn-text" : ""}>{value}</dd></div>;
}
