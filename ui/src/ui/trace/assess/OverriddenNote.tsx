import { scoreText } from "../../../core/scoreText";
import { visible } from "../../../core/text";
import type { OverriddenAssessment } from "../../../core/types";
import { PlainText } from "../../text/PlainText";
import { JudgeTraceLink } from "./JudgeTraceLink";

/** What an assessment corrects: who said what instead, and why. */
export function OverriddenNote({ overridden, name }: { overridden: OverriddenAssessment; name: string }) {
  const { value, rationale, source_type, source_id, scorer_version, scorer_trace_id } = overridden;
  const isPerson = source_type === "HUMAN";
  const who = isPerson ? visible(source_id ?? "a person") : scorer_version == null ? "the scorer" : `version ${visible(scorer_version)} of the scorer`;
  return (
    <details className="folded meta">
      <summary>Corrected: {who} said <b>{scoreText({ value })}</b></summary>
      {rationale ? <p className="plain-text"><PlainText text={rationale} /></p> : <p>No reason was given.</p>}
      {scorer_trace_id != null && <JudgeTraceLink traceId={scorer_trace_id} name={name} />}
    </details>
  );
}
