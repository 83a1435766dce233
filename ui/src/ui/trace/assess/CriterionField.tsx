import { ThumbsDown, ThumbsUp } from "lucide-react";
import { useState } from "react";
import type { Criterion } from "../../../core/assess";
import { shorten, visible } from "../../../core/text";
import type { AssessmentRow } from "../../../core/types";
import { Button } from "../../Button";

/** One criterion: a button per value, or a field. Pressing the current value again deletes it. */
export function CriterionField({ criterion: { name, asked }, given, onGive, onTakeBack }: {
  criterion: Criterion;
  given: AssessmentRow | undefined;
  onGive: (value: unknown) => void;
  onTakeBack: () => void;
}) {
  const [typed, setTyped] = useState("");
  const label = shorten(visible(name), 60);
  const button = (value: unknown, text: React.ReactNode, spoken = String(value)) => {
    const isGiven = given !== undefined && given.value === value;
    return (
      <Button key={String(value)} small aria-pressed={isGiven} aria-label={`${label}: ${spoken}`} title={`${label}: ${spoken}`} onClick={() => (isGiven ? onTakeBack() : onGive(value))}>
        {text}
      </Button>
    );
  };
  const steps = asked.kind === "rating" ? Array.from({ length: asked.to - asked.from + 1 }, (_, at) => asked.from + at) : [];
  return (
    <div className="ask" role="group" aria-label={label}>
      <span className="ask-name ellipsis" title={label}>{label}</span>
      <span className="row wrap" style={{ gap: 4 }}>
        {asked.kind === "verdict" && (
          <>
            {button(asked.good, <><ThumbsUp aria-hidden /> {visible(String(asked.good))}</>)}
            {button(asked.bad, <><ThumbsDown aria-hidden /> {visible(String(asked.bad))}</>)}
          </>
        )}
        {asked.kind === "choice" && asked.values.map((value) => button(value, visible(value)))}
        {steps.map((step) => button(step, step))}
        {(asked.kind === "number" || asked.kind === "text") && (
          <form
            className="row"
            onSubmit={(event) => {
              event.preventDefault();
              if (typed.trim()) onGive(asked.kind === "number" ? Number(typed) : typed);
              setTyped("");
            }}
          >
            <input className="input" style={{ height: 24 }} type={asked.kind === "number" ? "number" : "text"} step="any" aria-label={label} value={typed} onChange={(event) => setTyped(event.target.value)} />
            <Button small type="submit" disabled={!typed.trim()}>Save</Button>
          </form>
        )}
      </span>
    </div>
  );
}
