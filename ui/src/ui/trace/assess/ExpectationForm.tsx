import { useId, useState } from "react";
import { parseTypedValue } from "../../../core/assess";
import { Button } from "../../Button";

/** Form for a new expectation. */
export function ExpectationForm({ names, onCreate, initial = "", open = false }: {
  names: string[];
  onCreate: (assessment: { name: string; value: unknown }) => void;
  initial?: string;
  open?: boolean;
}) {
  const [name, setName] = useState(names[0] ?? "expected_response");
  const [value, setValue] = useState(initial);
  const list = useId();
  const typed = parseTypedValue(value);
  return (
    <details className="folded" open={open}>
      <summary>Add an expectation</summary>
      <form
        className="stack"
        style={{ gap: 8 }}
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() && value.trim()) onCreate({ name: name.trim(), value: typed });
          setValue("");
        }}
      >
        <input className="input" aria-label="Name of the expectation" list={list} value={name} onChange={(event) => setName(event.target.value)} />
        <datalist id={list}>{names.map((it) => <option key={it} value={it} />)}</datalist>
        <textarea className="input mono" aria-label="Expected value" placeholder="Text, or JSON" rows={4} value={value} onChange={(event) => setValue(event.target.value)} />
        <div className="row">
          <Button type="submit" disabled={!name.trim() || !value.trim()}>Save expectation</Button>
          <span className="meta">saved as {typeof typed === "string" ? "text" : `JSON, ${Array.isArray(typed) ? "a list" : typeof typed}`}</span>
        </div>
      </form>
    </details>
  );
}
