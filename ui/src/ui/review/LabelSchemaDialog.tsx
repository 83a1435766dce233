import { useState } from "react";
import { INPUT_KIND_TEXT, INPUT_KINDS, type LabelSchema } from "../../core/review/labelSchema";
import { formOf, inputOf, INSTRUCTION_LENGTH_MAX, NAME_LENGTH_MAX, NEW_SCHEMA, problemsOf, type LabelSchemaForm } from "../../core/review/labelSchemaForm";
import { useChangeLabelSchema } from "../../net/labelSchemas";
import { Field } from "../Field";
import { FormDialog } from "../FormDialog";
import { AnswerFields } from "./AnswerFields";
import "./queueForm.css";

const TYPES = [
  { type: "FEEDBACK", label: "Feedback: a judgement of what happened" },
  { type: "EXPECTATION", label: "Expectation: what should have happened" },
] as const;

/** Creates a label schema, or edits the given one. What answers depend on cannot change: its type and kind of input. */
export default function LabelSchemaDialog({ experimentId, schema, onSaved, onClose }: {
  experimentId: string;
  schema: LabelSchema | null;
  onSaved: (schema: LabelSchema) => void;
  onClose: () => void;
}) {
  const [initial] = useState(() => (schema ? formOf(schema) : NEW_SCHEMA));
  const [form, setForm] = useState(initial);
  const [tried, setTried] = useState(false);
  const { mutate, error, isPending } = useChangeLabelSchema();
  const change = (patch: Partial<LabelSchemaForm>) => setForm((before) => ({ ...before, ...patch }));
  const problems = problemsOf(form);
  const save = () => {
    setTried(true);
    if (Object.keys(problems).length) return;
    const fields = { name: form.name.trim(), input: inputOf(form), instruction: form.instruction.trim(), enable_comment: form.comment };
    mutate(
      schema ? { kind: "update", schemaId: schema.schema_id, fields } : { kind: "create", experimentId, fields: { ...fields, type: form.type } },
      { onSuccess: (saved) => { if (saved) onSaved(saved); } },
    );
  };
  return (
    <FormDialog
      title={schema ? "Edit the question" : "New question"} action={schema ? "Save" : "Create"}
      isChanged={JSON.stringify(form) !== JSON.stringify(initial)} isPending={isPending} error={error} onSave={save} onClose={onClose}
    >
      <Field label="Name" hint={schema ? "Answers that are stored keep the old name." : "Answers are stored on the trace under this name."} problem={tried && problems.name}>
        {(field) => (
          <input {...field} className="input" value={form.name} autoComplete="off" maxLength={NAME_LENGTH_MAX} placeholder="is_correct" onChange={(event) => change({ name: event.target.value })} />
        )}
      </Field>
      <fieldset className="question-choices" disabled={schema !== null}>
        <legend>Answers are stored as</legend>
        {TYPES.map(({ type, label }) => (
          <label key={type}>
            <input type="radio" name="type" checked={form.type === type} onChange={() => change({ type })} /> {label}
          </label>
        ))}
      </fieldset>
      <Field label="Answer">
        {(field) => (
          <select {...field} className="select" disabled={schema !== null} value={form.kind} onChange={(event) => change({ kind: event.target.value as LabelSchemaForm["kind"] })}>
            {INPUT_KINDS.map((kind) => <option key={kind} value={kind}>{INPUT_KIND_TEXT[kind]}</option>)}
          </select>
        )}
      </Field>
      <AnswerFields form={form} problems={tried ? problems : {}} onChange={change} />
      <Field label="Instruction (optional)" hint="Shown to reviewers with the question.">
        {(field) => (
          <textarea
            {...field} className="input" rows={3} maxLength={INSTRUCTION_LENGTH_MAX} value={form.instruction} placeholder="Does the answer follow from the documents?"
            onChange={(event) => change({ instruction: event.target.value })}
          />
        )}
      </Field>
      <label className="row"><input type="checkbox" checked={form.comment} onChange={(event) => change({ comment: event.target.checked })} /> Reviewers can add a comment</label>
    </FormDialog>
  );
}
