import { Link } from "@tanstack/react-router";
import { count, duration, exact, money, plural } from "../../core/format";
import { visible } from "../../core/text";
import { verdictOf } from "../../core/feedbackVerdict";
import type { AssessmentRow, SessionDetail } from "../../core/types";
import { AssessmentBadge } from "../../ui/Assessment";
import { CopyButton } from "../../ui/CopyButton";
import { Property, PropertyList } from "../../ui/PropertyList";
import { Thumbs } from "../../ui/Thumbs";
import { Time } from "../../ui/Time";

/** The header of a session: metrics and assessments. */
export function SessionHead({ e, detail, thumb, onThumb }: {
  e: string;
  detail: SessionDetail;
  /** The thumb of this user. */
  thumb: AssessmentRow | null;
  onThumb: (pressed: "good" | "bad") => void;
}) {
  const { session, assessments } = detail;
  const filter = `session = '${session.session}'`;
  return (
    <header className="stack">
      <div className="row wrap">
        <Link to="/e/$e/sessions" params={{ e }} className="button plain">← Sessions</Link>
        <h1 className="ellipsis" title={visible(session.session)}>{visible(session.session)}</h1>
        <CopyButton text={session.session} label="Copy the session id" />
        <span className="grow" />
        {!session.session.includes("'") && (
          <Link className="button" to="/e/$e/traces" params={{ e }} search={{ q: filter } as never}>Open in the trace list</Link>
        )}
        <Thumbs verdict={thumb && verdictOf(thumb)} of="the whole session" onPress={onThumb} />
      </div>
      <PropertyList>
        <Property name="Turns">{exact(session.traces)}</Property>
        <Property name="Errors" look={session.errors > 0 && "error"}>{session.errors ? plural(session.errors, "turn") : "none"}</Property>
        {session.recovered > 0 && <Property name="Recovered" look="warn">{plural(session.recovered, "turn")}</Property>}
        <Property name="Active">{duration(session.active_ms)}</Property>
        <Property name="Elapsed">{duration(session.wall_ms)}</Property>
        <Property name="Tokens" title={exact(session.total_tokens)}>{count(session.total_tokens)}</Property>
        <Property name="Cost">{money(session.cost)}</Property>
        {session.users.length > 0 && <Property name="User">{visible(session.users.join(", "))}</Property>}
        {session.versions.length > 0 && <Property name="Version">{visible(session.versions.join(", "))}</Property>}
        <Property name="Last activity"><Time ms={session.last_ms} /></Property>
      </PropertyList>
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
