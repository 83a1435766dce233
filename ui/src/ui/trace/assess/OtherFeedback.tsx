import { useState } from "react";
import { parseTypedValue } from "../../../core/assess";
import { Button } from "../../Button";
import { NOTE } from "./useCriteria";

/** A note, or feedback by a new criterion. */
export function OtherFeedback({ onCreate }: { onCreate: (assessment: { name: string; value: unknown; rationale?: string }) => void }) {
  const [note, setNote] = useState("");
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  return (
    <div className="stack" style={{ gap: 8 }}>
      <form className="row" onSubmit={(event) => { event.preventDefault(); if (note.trim()) onCreate({ name: NOTE, value: note.trim() }); setNote(""); }}>
        <input id="trace-note" className="input" aria-label="Note" placeholder="Note …" value={note} onChange={(event) => setNote(event.target.value)} onKeyDown={leaveOnEscape} />
        <Button small type="submit" disabled={!note.trim()}>Save note</Button>
      </form>
      <details className="folded">
        <summary>Add other feedback</summary>
        <form
          className="row wrap"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() && value.trim()) onCreate({ name: name.trim(), value: parseTypedValue(value) });
            setName("");
            setValue("");
          }}
        >
          <input className="input" style={{ width: 160 }} aria-label="Name" placeholder="name" value={name} onChange={(event) => setName(event.target.value)} />
          <input className="input" style={{ width: 160 }} aria-label="Value" placeholder="true, 4, good …" value={value} onChange={(event) => setValue(event.target.value)} />
          <Button type="submit" disabled={!name.trim() || !value.trim()}>Save</Button>
        </form>
      </details>
    </div>
  );
}

/** Esc moves the focus from a field back to the trace. */
export function leaveOnEscape(event: React.KeyboardEvent<HTMLElement>): void {
  if (event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  event.currentTarget.blur();
}
