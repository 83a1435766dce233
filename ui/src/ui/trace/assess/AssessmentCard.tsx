import { Pencil, RefreshCw, Trash2, Undo2 } from "lucide-react";
import { useState } from "react";
import { shorten, visible } from "../../../core/text";
import { nameOf } from "../../../core/trace/spanTree";
import { isNotJudged, polarityOf, verdictOf } from "../../../core/feedbackVerdict";
import { useFeedbackSettings } from "../../../net/feedbackSettings";
import { PolarityButton } from "../../PolarityButton";
import type { AssessmentRow } from "../../../core/types";
import { Button, IconButton } from "../../Button";
import { Time } from "../../Time";
import { ContentBlock } from "../../text/ContentBlock";
import { PlainText } from "../../text/PlainText";
import type { TraceModel } from "../useTrace";
import { Correction } from "./Correction";
import { JudgeTraceLink } from "./JudgeTraceLink";
import { leaveOnEscape } from "./OtherFeedback";
import { OverriddenNote } from "./OverriddenNote";
import type { useAssess } from "./useAssess";

const SOURCES: Record<string, string> = { HUMAN: "", LLM_JUDGE: "judge ", CODE: "code " };

/** One assessment: value, source and rationale. */
export function AssessmentCard({ assessment, model, assess, onRescore }: {
  assessment: AssessmentRow;
  model: TraceModel;
  assess: ReturnType<typeof useAssess>;
  /** Absent unless a scorer gave it. */
  onRescore?: () => void;
}) {
  const { name, value, kind, error, rationale, source_type, source_id, span_id } = assessment;
  const [editing, setEditing] = useState(false);
  const verdict = verdictOf(assessment);
  const experiment = model.row.experiment_id;
  const rules = useFeedbackSettings(experiment).data?.rules ?? [];
  // A note is text, which is neither good nor bad.
  const judged = kind === "feedback" && assessment.polarity && (typeof value !== "string" || verdict !== null || assessment.polarity === "neutral") && value !== null;
  // A person who only changed their own verdict corrected nobody.
  const { overridden } = assessment;
  const corrected = overridden && !(overridden.source_type === "HUMAN" && overridden.source_id === source_id) ? overridden : null;
  const span = span_id ? model.tree.indexOf.get(span_id) : undefined;
  return (
    <article className="assessment" data-scorer={assessment.scorer}>
      <div className="row">
        <b className="ellipsis">{kind === "issue" ? "issue" : visible(name)}</b>
        {kind === "expectation" && <span className="badge">expected</span>}
        {isNotJudged(assessment) && <span className="badge not-judged">could not judge</span>}
        {typeof value !== "object" && String(value).length <= 60 && (
          <span className={`badge ${verdict === "good" ? "ok" : verdict === "bad" ? "error" : "accent"}`}>
            {verdict === "good" ? "✓ " : verdict === "bad" ? "✕ " : ""}{visible(String(value))}
          </span>
        )}
        {judged && <PolarityButton experiment={experiment} name={name} polarity={polarityOf(assessment.polarity)} guessed={!rules.some((rule) => rule.name === name)} />}
        <span className="grow" />
        <span className="meta ellipsis">
          {SOURCES[source_type] ?? ""}{visible(source_id ?? "")} <Time ms={assessment.update_time_ms} />
        </span>
        {onRescore && <IconButton look="plain" small label={`Rescore with ${visible(assessment.scorer ?? name)}`} icon={<RefreshCw aria-hidden />} onClick={onRescore} />}
        {kind !== "issue" && <IconButton look="plain" small label={`Correct ${visible(name)}`} icon={<Pencil aria-hidden />} onClick={() => setEditing(!editing)} />}
        {corrected && <IconButton look="plain" small label={`Undo the correction of ${visible(name)}`} icon={<Undo2 aria-hidden />} onClick={() => assess.remove(assessment)} />}
        {!corrected && <IconButton look="plain" small label={`Delete ${kind === "issue" ? `the link to the issue ${visible(String(value))}` : visible(name)}`} icon={<Trash2 aria-hidden />} onClick={() => assess.remove(assessment)} />}
      </div>
      {span !== undefined && <span className="meta">of the span {shorten(visible(nameOf(model.tree, span)), 60)}</span>}
      {error && <p className="muted"><PlainText text={error} /></p>}
      {(typeof value === "object" ? value !== null : 60 < String(value).length) && <ContentBlock value={value} label={name} />}
      {rationale && <p className="plain-text muted"><PlainText text={rationale} /></p>}
      {corrected && <OverriddenNote overridden={corrected} name={name} />}
      {assessment.scorer_trace_id && <JudgeTraceLink traceId={assessment.scorer_trace_id} name={name} />}
      {editing ? (
        <Correction assessment={assessment} onDone={() => setEditing(false)} assess={assess} />
      ) : (
        source_type === "HUMAN" && kind === "feedback" && !rationale && <Reason assessment={assessment} assess={assess} />
      )}
    </article>
  );
}

/** Editable rationale. */
function Reason({ assessment, assess }: { assessment: AssessmentRow; assess: ReturnType<typeof useAssess> }) {
  const [text, setText] = useState("");
  return (
    <form className="row" onSubmit={(event) => { event.preventDefault(); if (text.trim()) assess.explain({ row: assessment, rationale: text.trim() }); }}>
      <input className="input" style={{ height: 24 }} aria-label={`Rationale for ${visible(assessment.name)}`} placeholder="Rationale (optional)" value={text} onChange={(event) => setText(event.target.value)} onKeyDown={leaveOnEscape} />
      {text.trim() && <Button small type="submit">Save</Button>}
    </form>
  );
}
