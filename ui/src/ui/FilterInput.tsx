import { useId, type Ref } from "react";
import { visible } from "../core/text";

/** A filter as text: Enter applies it, Esc reverts. Errors of the server are shown below. */
export function FilterInput({ value, onCommit, error, label, placeholder, ref }: {
  value: string;
  onCommit: (filter: string) => void;
  error?: Error | null;
  label: string;
  placeholder: string;
  ref?: Ref<HTMLInputElement>;
}) {
  const id = useId();
  return (
    <div className="field grow">
      <input
        // A filter that changed by navigation resets the field.
        key={value}
        ref={ref}
        type="search"
        className="input mono"
        aria-label={label}
        aria-invalid={!!error}
        aria-describedby={error ? id : undefined}
        placeholder={placeholder}
        defaultValue={value}
        spellCheck={false}
        autoComplete="off"
        onKeyDown={(event) => {
          if (event.key === "Enter") onCommit(event.currentTarget.value.trim());
          if (event.key === "Escape") {
            event.currentTarget.value = value;
            event.currentTarget.blur();
          }
        }}
        onBlur={(event) => { if (event.target.value.trim() !== value) onCommit(event.target.value.trim()); }}
      />
      {error && <pre className="error-text" id={id} role="alert">{visible(error.message)}</pre>}
    </div>
  );
}
