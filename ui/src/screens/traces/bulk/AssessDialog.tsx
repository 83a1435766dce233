import { useId, useState } from "react";
import { splitField } from "../../../core/filter/print";
import { plural } from "../../../core/format";
import { inParallel } from "../../../core/inParallel";
import { createAssessment } from "../../../net/assessments";
import { useFields } from "../../../net/traces";
import { BulkDialog } from "../../../ui/curate/BulkDialog";
import { countOf, type Target } from "../../../ui/curate/target";

type Form = "yes" | "no" | "number" | "text";
const FORMS: { form: Form; label: string }[] = [
  { form: "yes", label: "Good (true)" },
  { form: "no", label: "Bad (false)" },
  { form: "number", label: "Number" },
  { form: "text", label: "Text" },
];

/** Gives many traces the same feedback. */
export function AssessDialog({ experiment, target, onDone, onClose }: { experiment: string; target: Target; onDone: (ids: string[]) => void; onClose: () => void }) {
  const id = useId();
  const [name, setName] = useState("");
  const [form, setForm] = useState<Form>("yes");
  const [text, setText] = useState("");
  const [rationale, setRationale] = useState("");
  const names = (useFields(experiment).data?.fields ?? []).filter((field) => field.group === "feedback").map((field) => splitField(field.field).key);
  const value = form === "yes" ? true : form === "no" ? false : form === "number" ? Number(text) : text;
  const ready = name.trim() !== "" && (form === "yes" || form === "no" || (text.trim() !== "" && (form === "text" || Number.isFinite(Number(text)))));
  return (
    <BulkDialog
      title={`Assess ${plural(countOf(target), "trace")}`}
      action="Save the feedback"
      target={target}
      ready={ready}
      work={(ids, onProgress, signal) =>
        inParallel(ids, (trace) => createAssessment(trace, { name: name.trim(), kind: "feedback", value, rationale: rationale.trim() }), { onProgress, signal })}
      doneText={(done) => `${plural(done, "trace")} assessed`}
      onDone={onDone}
      onClose={onClose}
    >
      <div className="field">
        <label htmlFor={`${id}name`}>Name</label>
        <input id={`${id}name`} className="input" autoFocus list={`${id}names`} maxLength={250} placeholder="is_helpful" value={name} onChange={(event) => setName(event.target.value)} />
        <datalist id={`${id}names`}>{names.map((one) => <option key={one} value={one} />)}</datalist>
      </div>
      <fieldset className="row wrap choices">
        <legend>Value</legend>
        {FORMS.map((one) => (
          <label key={one.form} className="row">
            <input type="radio" name={`${id}form`} checked={form === one.form} onChange={() => setForm(one.form)} />
            {one.label}
          </label>
        ))}
        {(form === "number" || form === "text") && (
          <input className="input" aria-label="Value" inputMode={form === "number" ? "decimal" : "text"} value={text} onChange={(event) => setText(event.target.value)} />
        )}
      </fieldset>
      <div className="field">
        <label htmlFor={`${id}why`}>Rationale (optional)</label>
        <textarea id={`${id}why`} className="input" value={rationale} onChange={(event) => setRationale(event.target.value)} />
      </div>
      <button type="submit" hidden />
    </BulkDialog>
  );
}
