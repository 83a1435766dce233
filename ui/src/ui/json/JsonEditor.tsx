import { useId, type Ref } from "react";
import { parseExact } from "../../core/json/exactJson";
import { visible } from "../../core/text";
import { Button } from "../Button";
import "./jsonEditor.css";

/** A field for JSON. A mistake is shown below; the text stays as it was typed. */
export function JsonEditor({ label, hint, value, onChange, mistake, rowsMax = 16, readOnly = false, ref }: {
  label: string;
  hint?: string;
  value: string;
  onChange: (text: string) => void;
  mistake?: string;
  rowsMax?: number;
  readOnly?: boolean;
  ref?: Ref<HTMLTextAreaElement>;
}) {
  const id = useId();
  const rows = Math.min(Math.max(value.split("\n").length, 2), rowsMax);
  const pretty = indented(value);
  const described = [mistake && `${id}mistake`, hint && `${id}hint`].filter(Boolean).join(" ");
  return (
    <div className="field json-editor">
      <div className="row">
        <label htmlFor={id}>{label}</label>
        {hint && <span id={`${id}hint`} className="meta grow">{hint}</span>}
        {!readOnly && pretty !== null && pretty !== value && <Button small look="plain" aria-label={`Indent ${label}`} onClick={() => onChange(pretty)}>Indent</Button>}
      </div>
      <textarea
        ref={ref} id={id} className="input mono" rows={rows} value={value} readOnly={readOnly} spellCheck={false} autoComplete="off"
        aria-invalid={!!mistake} aria-describedby={described || undefined} onChange={(event) => onChange(event.target.value)}
      />
      {mistake && <p id={`${id}mistake`} className="error-text" role="alert">{visible(mistake)}</p>}
    </div>
  );
}

/** The text with two spaces for each level; `null` if it is not JSON. Only space changes, numbers keep their digits. */
function indented(text: string): string | null {
  try {
    return JSON.stringify(parseExact(text), null, 2);
  } catch {
    return null;
  }
}
