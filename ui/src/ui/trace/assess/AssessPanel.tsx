import { useState } from "react";
import { nameOf } from "../../../core/trace/spanTree";
import { shorten, visible } from "../../../core/text";
import { Button } from "../../Button";
import { Section } from "../span/Section";
import type { TraceModel } from "../useTrace";
import { AssessmentCard } from "./AssessmentCard";
import { CriterionField } from "./CriterionField";
import { ExpectationForm } from "./ExpectationForm";
import { OtherFeedback } from "./OtherFeedback";
import { reviewer, setReviewer } from "./reviewer";
import { useAssess } from "./useAssess";
import { useCriteria } from "./useCriteria";
import "./assess.css";

/** Existing assessments, and inputs for new ones. */
export function AssessPanel({ model, span }: { model: TraceModel; span: number }) {
  const { row, tree } = model;
  const assess = useAssess(row.trace_id);
  const criteria = useCriteria(row.experiment_id, row.assessments);
  const [ofSpan, setOfSpan] = useState(false);
  const [name, setName] = useState(reviewer);
  const spanId = ofSpan ? tree.id[span]! : null;
  const spanName = shorten(visible(nameOf(tree, span)), 30);
  const mine = row.assessments.filter((it) => (it.span_id ?? null) === spanId && it.source_type === "HUMAN");
  return (
    <>
      <Section
        title="Judge"
        tools={
          <div className="segmented">
            <Button small aria-pressed={!ofSpan} onClick={() => setOfSpan(false)}>the trace</Button>
            <Button small aria-pressed={ofSpan} onClick={() => setOfSpan(true)}>{spanName}</Button>
          </div>
        }
      >
        <div className="ask-list">
          {criteria.feedback.map((criterion) => {
            const current = mine.find((it) => it.name === criterion.name && it.kind === "feedback");
            return (
              <CriterionField
                key={criterion.name}
                criterion={criterion}
                current={current}
                onCreate={(value) => assess.create({ name: criterion.name, kind: "feedback", value, spanId, overrides: current })}
                onRemove={() => { if (current) assess.remove(current); }}
              />
            );
          })}
        </div>
        <OtherFeedback key={spanId ?? ""} onCreate={(assessment) => assess.create({ ...assessment, kind: "feedback", spanId })} />
        <ExpectationForm key={`e${spanId ?? ""}`} names={criteria.expectations} onCreate={(assessment) => assess.create({ ...assessment, kind: "expectation", spanId })} />
        <label className="row meta">
          You are
          <input className="input" style={{ width: 160, height: 24 }} value={name} onChange={(event) => { setName(event.target.value); setReviewer(event.target.value); }} />
        </label>
      </Section>
      <Section title={row.assessments.length ? `Assessments, ${row.assessments.length}` : "Assessments"}>
        {row.assessments.length === 0 && <p className="muted">No assessments yet. Press + or - for thumbs up or down, # for a note.</p>}
        {row.assessments.map((assessment) => (
          <AssessmentCard key={assessment.assessment_id} assessment={assessment} model={model} assess={assess} />
        ))}
      </Section>
    </>
  );
}
