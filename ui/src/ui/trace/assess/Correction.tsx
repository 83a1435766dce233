import { useState } from "react";
import { inputFor, parseTypedValue } from "../../../core/assess";
import { visible } from "../../../core/text";
import type { AssessmentRow } from "../../../core/types";
import { Button } from "../../Button";
import type { useAssess } from "./useAssess";

/** Form to correct an assessment; the original is kept as overridden. Of two opposite values, the other one is proposed. */
export function Correction({ assessment, onDone, assess }: { assessment: AssessmentRow; onDone: () => void; assess: ReturnType<typeof useAssess> }) {
  const { value: original, verdict, name, kind, span_id } = assessment;
  const input = inputFor([{ value: String(original), verdict: verdict === "not_judged" ? null : verdict }]);
  const choices = input.kind === "verdict" ? [input.good, input.bad] : null;
  const [value, setValue] = useState<unknown>(choices ? choices.find((choice) => choice !== original) : typeof original === "string" ? original : JSON.stringify(original));
  const [rationale, setRationale] = useState("");
  const save = () => {
    const corrected = choices ? value : parseTypedValue(String(value));
    assess.create({ name, kind: kind === "expectation" ? "expectation" : "feedback", value: corrected, rationale: rationale.trim(), spanId: span_id, overrides: assessment });
    onDone();
  };
  return (
    <form
      className="stack correction"
      onSubmit={(event) => { event.preventDefault(); save(); }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onDone();
      }}
    >
      {choices ? (
        <div className="segmented" role="group" aria-label="Corrected value">
          {choices.map((choice) => <Button key={String(choice)} small aria-pressed={choice === value} onClick={() => setValue(choice)}>{visible(String(choice))}</Button>)}
        </div>
      ) : <input className="input mono" aria-label="Corrected value" value={String(value)} onChange={(event) => setValue(event.target.value)} autoFocus />}
      <input className="input" aria-label="Rationale for the correction" placeholder="Why? It helps to improve the judge (optional)" value={rationale} onChange={(event) => setRationale(event.target.value)} autoFocus={choices !== null} />
      <div className="row"><Button small type="submit" look="primary" disabled={String(value).trim() === ""}>Correct</Button><Button small onClick={onDone}>Cancel</Button></div>
    </form>
  );
}
