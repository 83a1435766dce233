import { ThumbsDown, ThumbsUp } from "lucide-react";
import { useState } from "react";
import type { Criterion } from "../../../core/assess";
import { shorten, visible } from "../../../core/text";
import type { AssessmentRow } from "../../../core/types";
import { Button } from "../../Button";

/** One criterion: a button per value, or a field. Pressing the current value again deletes it. */
export function CriterionField({ criterion: { name, input }, current, onCreate, onRemove }: {
  criterion: Criterion;
  current: AssessmentRow | undefined;
  onCreate: (value: unknown) => void;
  onRemove: () => void;
}) {
  const [typed, setTyped] = useState("");
  const label = shorten(visible(name), 60);
  const button = (value: unknown, text: React.ReactNode, spoken = String(value)) => {
    const isCurrent = current !== undefined && current.value === value;
    return (
      <Button key={String(value)} small aria-pressed={isCurrent} aria-label={`${label}: ${spoken}`} title={`${label}: ${spoken}`} onClick={() => (isCurrent ? onRemove() : onCreate(value))}>
        {text}
      </Button>
    );
  };
  const steps = input.kind === "rating" ? Array.from({ length: input.to - input.from + 1 }, (_, at) => input.from + at) : [];
  return (
    <div className="ask" role="group" aria-label={label}>
      <span className="ask-name ellipsis" title={label}>{label}</span>
      <span className="row wrap" style={{ gap: 4 }}>
        {input.kind === "verdict" && (
          <>
            {button(input.good, <><ThumbsUp aria-hidden /> {visible(String(input.good))}</>)}
            {button(input.bad, <><ThumbsDown aria-hidden /> {visible(String(input.bad))}</>)}
          </>
        )}
        {input.kind === "choice" && input.values.map((value) => button(value, visible(value)))}
        {steps.map((step) => button(step, step))}
        {(input.kind === "number" || input.kind === "text") && (
          <form
            className="row"
            onSubmit={(event) => {
              event.preventDefault();
              if (typed.trim()) onCreate(input.kind === "number" ? Number(typed) : typed);
              setTyped("");
            }}
          >
            <input className="input" style={{ height: 24 }} type={input.kind === "number" ? "number" : "text"} step="any" aria-label={label} value={typed} onChange={(event) => setTyped(event.target.value)} />
            <Button small type="submit" disabled={!typed.trim()}>Save</Button>
          </form>
        )}
      </span>
    </div>
  );
}
