import type { LabelSchemaForm } from "../../core/review/labelSchemaForm";
import { Field } from "../Field";

/** The fields of a label schema that depend on the kind of its answer. */
export function AnswerFields({ form, problems, onChange }: {
  form: LabelSchemaForm;
  problems: Partial<Record<keyof LabelSchemaForm, string>>;
  onChange: (patch: Partial<LabelSchemaForm>) => void;
}) {
  const text = (name: "positive" | "negative" | "min" | "max" | "length", label: string, hint?: string) => (
    <Field label={label} hint={hint} problem={problems[name]}>
      {(field) => (
        <input
          {...field} className="input" autoComplete="off" inputMode={name === "positive" || name === "negative" ? "text" : "decimal"}
          value={form[name]} onChange={(event) => onChange({ [name]: event.target.value })}
        />
      )}
    </Field>
  );
  switch (form.kind) {
    case "pass_fail":
      return <div className="field-pair">{text("positive", "Positive label")}{text("negative", "Negative label")}</div>;
    case "one":
    case "several":
      return (
        <Field label="Options" hint="One per line, 10 at most." problem={problems.options}>
          {(field) => <textarea {...field} className="input" rows={4} value={form.options} placeholder={"excellent\ngood\npoor"} onChange={(event) => onChange({ options: event.target.value })} />}
        </Field>
      );
    case "number":
      return <div className="field-pair">{text("min", "Smallest (optional)")}{text("max", "Largest (optional)", "Whole numbers at most 9 apart are shown as buttons.")}</div>;
    case "text":
      return text("length", "Characters at most (optional)");
  }
}
