import { lazy, Suspense, useState } from "react";
import { createPortal } from "react-dom";
import { inOrder, inputText, type LabelSchema } from "../../core/review/labelSchema";
import { visible } from "../../core/text";
import { Button } from "../Button";
import { Field } from "../Field";
import { INSTRUCTIONS_LENGTH_MAX, queueProblems, type QueueForm } from "./queueForm";
import "./queueForm.css";

const LabelSchemaDialog = lazy(() => import("./LabelSchemaDialog"));

/** The fields of a review queue: name, questions, reviewers and instructions. */
export function QueueFields({ experimentId, form, schemas, onChange, questionsFixed, isUserQueue }: {
  experimentId: string;
  form: QueueForm;
  schemas: readonly LabelSchema[];
  onChange: (patch: Partial<QueueForm>) => void;
  /** The queue has traces: its questions cannot change any more. */
  questionsFixed?: boolean;
  /** Only the instructions of a user's queue can change. */
  isUserQueue?: boolean;
}) {
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [creating, setCreating] = useState(false);
  const touch = (field: string) => () => setTouched((before) => new Set(before).add(field));
  const problems = queueProblems(form);
  const toggle = (id: string) => onChange({ schemaIds: form.schemaIds.includes(id) ? form.schemaIds.filter((other) => other !== id) : [...form.schemaIds, id] });
  return (
    <>
      {!isUserQueue && (
        <>
          <Field label="Name" problem={touched.has("name") && problems.name}>
            {(field) => (
              <input
                {...field} className="input" value={form.name} autoComplete="off" maxLength={250} placeholder="Answers about refunds"
                onChange={(event) => onChange({ name: event.target.value })} onBlur={touch("name")}
              />
            )}
          </Field>
          <fieldset className="question-choices" disabled={questionsFixed}>
            <legend>Questions</legend>
            <div className="question-list">
              {inOrder(schemas).map((schema) => (
                <label key={schema.schema_id}>
                  <input type="checkbox" checked={form.schemaIds.includes(schema.schema_id)} onChange={() => { touch("questions")(); toggle(schema.schema_id); }} />
                  <span className="ellipsis" title={visible(schema.name)}>{visible(schema.name)}</span>
                  <span className="meta ellipsis">{visible(inputText(schema.input))}{schema.type === "EXPECTATION" && ", expectation"}</span>
                </label>
              ))}
            </div>
            {questionsFixed ? <p className="meta">The questions of a queue with traces cannot change. Create another queue to ask other questions.</p>
              : <div className="row wrap">
                  <Button small onClick={() => setCreating(true)}>New question…</Button>
                  {touched.has("questions") && problems.questions && <span className="meta error-text">{problems.questions}</span>}
                </div>}
          </fieldset>
          <Field label="Reviewers (optional)" hint="Names separated by commas. Others can review, too; the names show whose queue it is." problem={problems.reviewers}>
            {(field) => (
              <input {...field} className="input" value={form.reviewers} autoComplete="off" placeholder="ana, ben" onChange={(event) => onChange({ reviewers: event.target.value })} />
            )}
          </Field>
        </>
      )}
      <Field label="Instructions (optional)" hint="Shown to reviewers above the questions.">
        {(field) => (
          <textarea
            {...field} className="input" rows={3} maxLength={INSTRUCTIONS_LENGTH_MAX} value={form.instructions}
            onChange={(event) => onChange({ instructions: event.target.value })}
          />
        )}
      </Field>
      {/* Outside of this form, since forms cannot be nested. */}
      {creating && createPortal(
        <Suspense fallback={null}>
          <LabelSchemaDialog
            experimentId={experimentId} schema={null} onClose={() => setCreating(false)}
            onSaved={(schema) => { onChange({ schemaIds: [...form.schemaIds, schema.schema_id] }); setCreating(false); }}
          />
        </Suspense>,
        document.body,
      )}
    </>
  );
}
