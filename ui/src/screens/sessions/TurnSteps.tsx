import { Link } from "@tanstack/react-router";
import { duration } from "../../core/format";
import { visible } from "../../core/text";
import type { SessionTurn } from "../../core/types";
import { StepName } from "../../ui/steps/StepName";

const STEPS_MAX = 12;

/** The tools, retrievers and model calls of a turn, and its failed spans. */
export function TurnSteps({ turn }: { turn: SessionTurn }) {
  const { row, steps, failed } = turn;
  if (steps.length === 0 && failed.length === 0) return null;
  const sign = row.state === "ERROR" ? "✕" : "▲";
  return (
    <div className="turn-steps">
      {steps.length > 0 && (
        <ol className="row wrap" aria-label="Steps">
          {steps.slice(0, STEPS_MAX).map((step) => (
            <li key={step.span_id}>
              <Link className={step.failed ? "badge error" : "badge"} to="/t/$traceId" params={{ traceId: row.trace_id }} search={{ s: step.span_id } as never}>
                {step.failed && <span aria-hidden>✕ </span>}
                <StepName name={step.name} type={step.type} />
                {step.failed && <span className="visually-hidden"> failed</span>}
                <span className="meta">{duration(step.duration_ms)}</span>
              </Link>
            </li>
          ))}
          {steps.length > STEPS_MAX && <li className="meta">+{steps.length - STEPS_MAX}</li>}
        </ol>
      )}
      {failed.map((error) => (
        <p key={error.span_id} className={row.state === "ERROR" ? "error-text" : "warn-text"}>
          <span aria-hidden>{sign} </span>
          <Link className="mono" to="/t/$traceId" params={{ traceId: row.trace_id }} search={{ s: error.span_id } as never}>{visible(error.span)}</Link>
          <span className="mono">: {visible(error.message ?? "failed")}</span>
        </p>
      ))}
    </div>
  );
}
