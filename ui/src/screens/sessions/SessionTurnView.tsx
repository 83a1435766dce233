import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { count, duration, exact, money } from "../../core/format";
import { visible } from "../../core/text";
import { verdictOf } from "../../core/feedbackVerdict";
import type { AssessmentRow, SessionTurn } from "../../core/types";
import { AssessmentBadge } from "../../ui/Assessment";
import { Outcome, outcomeOf } from "../../ui/Outcome";
import { Thumbs } from "../../ui/Thumbs";
import { Time } from "../../ui/Time";
import { ContentBlock } from "../../ui/text/ContentBlock";
import { TurnSteps } from "./TurnSteps";

/** One turn: input, steps and output. */
export const SessionTurnView = memo(function SessionTurnView({ number, turn, before, chosen, thumb, onChoose, onThumb }: {
  number: number;
  turn: SessionTurn;
  before: SessionTurn | null;
  chosen: boolean;
  /** The thumb of this user. */
  thumb: AssessmentRow | null;
  onChoose: () => void;
  onThumb: (pressed: "good" | "bad") => void;
}) {
  const { row, input, output } = turn;
  const pause = before ? row.request_time_ms - before.row.request_time_ms - (before.row.duration_ms ?? 0) : 0;
  const others = row.assessments.filter((one) => one.assessment_id !== thumb?.assessment_id);
  return (
    <article className="turn-card" id={`turn-${number}`} aria-label={`Turn ${number}`} data-chosen={chosen} onClick={onChoose}>
      {pause > 60_000 && <p className="meta turn-pause">{duration(pause)} later</p>}
      <div className="turn-head row wrap">
        <Outcome outcome={outcomeOf(row)} />
        <h2>Turn {number}</h2>
        <span className="meta"><Time ms={row.request_time_ms} absolute /></span>
        <span className="meta">{duration(row.duration_ms)}</span>
        {row.total_tokens !== null && <span className="meta" title={`${exact(row.total_tokens)} tokens`}>{count(row.total_tokens)} tokens</span>}
        {row.cost !== null && <span className="meta">{money(row.cost)}</span>}
        <span className="grow" />
        {others.map((assessment) => <AssessmentBadge key={assessment.assessment_id} assessment={assessment} />)}
        <Thumbs verdict={thumb && verdictOf(thumb)} of={`turn ${number}`} onPress={onThumb} />
        <Link className="button small" to="/t/$traceId" params={{ traceId: row.trace_id }}>Open the trace</Link>
      </div>
      <div className="said user">
        {input === null ? <p className="muted">No input.</p>
          : <ContentBlock title={<span className="meta">{visible(row.user ?? "User")}</span>} value={input} label={`the input of turn ${number}`} />}
      </div>
      <TurnSteps turn={turn} />
      <div className={row.state === "ERROR" && !output ? "said assistant failed" : "said assistant"}>
        {output ? <ContentBlock title={<span className="meta">{visible(row.name ?? "Answer")}</span>} value={output} label={`the output of turn ${number}`} />
          : row.state === "IN_PROGRESS" ? <p className="muted">Still working…</p>
          : <p className={row.state === "ERROR" ? "error-text" : "muted"}>No answer.</p>}
      </div>
    </article>
  );
});
