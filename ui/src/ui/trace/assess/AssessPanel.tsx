import { useState } from "react";
import { isThumb } from "../../../core/thumbs";
import { nameOf } from "../../../core/trace/spanTree";
import { shorten, visible } from "../../../core/text";
import { Button } from "../../Button";
import { THUMBS_DEFAULT, useFeedbackSettings } from "../../../net/feedbackSettings";
import { personName } from "../../../net/person";
import { pressThumb } from "../../../net/pressThumb";
import { PersonName } from "../../PersonName";
import { Section } from "../span/Section";
import type { TraceModel } from "../useTrace";
import { AssessmentCard } from "./AssessmentCard";
import { CriterionField } from "./CriterionField";
import { ExpectationForm } from "./ExpectationForm";
import { ThumbsName } from "./ThumbsName";
import { OtherFeedback } from "./OtherFeedback";
import { useAssess } from "./useAssess";
import { useRescoreTrace } from "./useRescoreTrace";
import { useCriteria } from "./useCriteria";
import "./assess.css";

/** Existing assessments, and inputs for new ones. */
export default function AssessPanel({ model, span }: { model: TraceModel; span: number }) {
  const { row, tree } = model;
  const assess = useAssess(row.trace_id);
  const thumbs = useFeedbackSettings(row.experiment_id).data?.thumbs ?? THUMBS_DEFAULT;
  const criteria = useCriteria(row.experiment_id, row.assessments, thumbs);
  const [ofSpan, setOfSpan] = useState(false);
  const [person, setPerson] = useState(personName);
  const spanId = ofSpan ? tree.id[span]! : null;
  const spanName = shorten(visible(nameOf(tree, span)), 30);
  const mine = row.assessments.filter((it) => (it.span_id ?? null) === spanId && it.source_type === "HUMAN" && it.source_id === person);
  const rescore = useRescoreTrace(row);
  const press = (pressed: "good" | "bad") => void pressThumb({ experiment: row.experiment_id, traceIds: [row.trace_id], pressed });
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
            if (criterion.name === thumbs && spanId === null) {
              const thumb = row.assessments.find((it) => isThumb(it, thumbs, person));
              return (
                <CriterionField
                  key={criterion.name} criterion={criterion} current={thumb}
                  onCreate={(value) => press(value === true ? "good" : "bad")}
                  onRemove={() => press(thumb?.value === true ? "good" : "bad")}
                />
              );
            }
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
        <div className="row wrap meta">
          <PersonName person={person} onChange={setPerson} />
          <ThumbsName experiment={row.experiment_id} name={thumbs} />
        </div>
      </Section>
      <Section title={row.assessments.length ? `Assessments, ${row.assessments.length}` : "Assessments"}>
        {row.assessments.length === 0 && <p className="muted">No assessments yet. Press + or - for thumbs up or down, # for a note.</p>}
        {row.assessments.map((assessment) => (
          <AssessmentCard key={assessment.assessment_id} assessment={assessment} model={model} assess={assess} onRescore={assessment.scorer === undefined ? undefined : () => rescore(assessment.scorer!)} />
        ))}
      </Section>
    </>
  );
}
