import { Fragment, useId } from "react";
import type { CheckForm, ErrorClass, FieldValue } from "../../core/scorer/checkForm";
import { type CheckField, type CheckType, choicesOf, editorOf, fieldLabel, placeholderOf } from "../../core/scorer/checkType";
import { Field } from "../../ui/Field";
import { JsonEditor } from "../../ui/json/JsonEditor";
import { ListEditor } from "./ListEditor";

/** The first field with a mistake, of those below. */
export const FIRST_MISTAKE = "[aria-invalid=true], [data-invalid=true] :is(input, textarea, button)";

/** The fields of a check, as the server describes them. */
export function CheckFields({ type, form, problems, onChange }: {
  type: CheckType;
  form: CheckForm;
  /** What is wrong, by field. */
  problems: Record<string, string>;
  onChange: (field: string, value: FieldValue) => void;
}) {
  return type.fields.map((field) => (
    <CheckFieldEditor key={field.name} field={field} placeholder={placeholderOf(type, field)} value={form[field.name]!} problem={problems[field.name]} onChange={(value) => onChange(field.name, value)} />
  ));
}

const TEXT_FIELDS = ["response", "request", "inputs", "outputs"];

function CheckFieldEditor({ field, placeholder, value, problem, onChange }: {
  field: CheckField;
  /** For an empty text or number. */
  placeholder: string | undefined;
  value: FieldValue;
  problem: string | undefined;
  onChange: (value: FieldValue) => void;
}) {
  const id = useId();
  const isOptional = field.default === "null" && editorOf(field) !== "choices";
  const label = isOptional ? `${fieldLabel(field)} (optional)` : fieldLabel(field);
  const hint = <Description text={field.description} />;
  switch (editorOf(field)) {
    case "boolean":
      return (
        <div className="field">
          <label className="row"><input type="checkbox" checked={value === true} aria-describedby={`${id}about`} onChange={(event) => onChange(event.target.checked)} /> {label}</label>
          <span className="meta" id={`${id}about`}>{hint}</span>
        </div>
      );
    case "choice":
      return (
        <Field label={label} hint={hint}>
          {(props) => (
            <select {...props} className="select scorer-short" value={value as string} onChange={(event) => onChange(event.target.value)}>
              {choicesOf(field).map((choice) => <option key={choice} value={choice}>{choice.replaceAll("_", " ")}</option>)}
            </select>
          )}
        </Field>
      );
    case "choices": {
      const chosen = value as string[];
      return (
        <fieldset className="scorer-choices" data-invalid={problem !== undefined} aria-describedby={`${id}about`}>
          <legend>{label}</legend>
          <div className="row wrap">
            {choicesOf(field).map((choice) => (
              <label key={choice} className="row">
                <input
                  type="checkbox" checked={chosen.includes(choice)}
                  // In the order of the choices, as the default has them.
                  onChange={(event) => onChange(choicesOf(field).filter((other) => (other === choice ? event.target.checked : chosen.includes(other))))}
                />
                {choice.replaceAll("_", " ")}
              </label>
            ))}
          </div>
          <span className="meta" id={`${id}about`}>{problem ? <span className="error-text">{problem}</span> : hint}</span>
        </fieldset>
      );
    }
    case "texts":
      return (
        <div className="field">
          <span className="label">{label}</span>
          <ListEditor items={value as string[]} empty="" label={label} itemLabel="text" describedBy={`${id}about`} isInvalid={problem !== undefined} onChange={onChange}>
            {(text, at, change) => <textarea className="input scorer-text" rows={1} aria-label={`Text ${at + 1}`} placeholder={at === 0 ? placeholder : undefined} aria-invalid={problem ? true : undefined} value={text} spellCheck={false} onChange={(event) => change(event.target.value)} />}
          </ListEditor>
          <span className="meta" id={`${id}about`}>{problem ? <span className="error-text">{problem}</span> : hint}</span>
        </div>
      );
    case "classes":
      return (
        <div className="field">
          <span className="label">{label}</span>
          <ListEditor<ErrorClass> items={value as ErrorClass[]} empty={{ name: "", pattern: "" }} label={label} itemLabel="class" describedBy={`${id}about`} isInvalid={problem !== undefined} onChange={onChange}>
            {(item, at, change) => (
              <Fragment>
                <input className="input scorer-class" aria-label={`Name of class ${at + 1}`} placeholder="timeout" value={item.name} autoComplete="off" spellCheck={false} onChange={(event) => change({ ...item, name: event.target.value })} />
                <input className="input mono" aria-label={`Pattern of class ${at + 1}`} placeholder="(?i)timed out" value={item.pattern} autoComplete="off" spellCheck={false} onChange={(event) => change({ ...item, pattern: event.target.value })} />
              </Fragment>
            )}
          </ListEditor>
          <span className="meta" id={`${id}about`}>{problem ? <span className="error-text">{problem}</span> : hint}</span>
        </div>
      );
    case "json":
      return (
        <div className="field">
          <JsonEditor label={label} value={value as string} mistake={problem} onChange={onChange} />
          <span className="meta">{hint}</span>
        </div>
      );
    case "number":
      return (
        <Field label={label} hint={hint} problem={problem}>
          {(props) => <input {...props} className="input scorer-short" inputMode="decimal" autoComplete="off" placeholder={placeholder} value={value as string} onChange={(event) => onChange(event.target.value)} />}
        </Field>
      );
    case "text":
      return (
        <Field label={label} hint={hint} problem={problem}>
          {(props) => (
            <>
              <input
                {...props} className={field.type === "text" ? "input" : "input mono"} list={field.type === "text_field" ? `${id}list` : undefined} autoComplete="off" spellCheck={false} placeholder={placeholder}
                value={value as string} onChange={(event) => onChange(event.target.value)}
              />
              {field.type === "text_field" && <datalist id={`${id}list`}>{TEXT_FIELDS.map((text) => <option key={text} value={text} />)}</datalist>}
            </>
          )}
        </Field>
      );
  }
}

/** A description of the server, in which code is between backticks. */
function Description({ text }: { text: string }) {
  return text.split("`").map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part));
}
