import { useId, useState } from "react";
import { indentedJson } from "../../core/prompt/promptVersion";
import { Button } from "../../ui/Button";
import type { DraftField } from "../../core/prompt/promptDraft";

/** An optional JSON object, collapsed while it is empty. */
export function JsonField({ field, label, value, problem, placeholder, onChange }: {
  field: DraftField;
  label: string;
  value: string;
  problem: string | undefined;
  placeholder?: string;
  onChange: (value: string) => void;
}) {
  const id = useId();
  const [open, setOpen] = useState(value !== "");
  return (
    <details className="folded" open={open || !!problem} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{label}{value.trim() === "" && <span className="muted"> none</span>}</summary>
      <div className="field">
        <textarea
          className="input mono template-input" data-field={field} aria-label={label} rows={3} spellCheck={false} value={value} placeholder={placeholder}
          aria-invalid={!!problem} aria-describedby={problem ? id : undefined} onChange={(event) => onChange(event.target.value)}
        />
        {problem && <p className="error-text" id={id} role="status">{problem}</p>}
        {value.trim() !== "" && !problem && <div><Button small onClick={() => onChange(indentedJson(value))}>Indent</Button></div>}
      </div>
    </details>
  );
}
