import { useState } from "react";
import { plainText, type ChatMessage } from "../../../core/chat/normalizedSpan";
import { Button } from "../../Button";
import { Dialog } from "../../Dialog";
import type { TraceModel } from "../useTrace";
import { ExpectationForm } from "./ExpectationForm";
import { useAssess } from "./useAssess";
import { THUMBS_DEFAULT } from "../../../net/feedbackSettings";
import { useCriteria } from "./useCriteria";

/** Saves the output, edited if necessary, as an expectation of the trace. */
export default function UseAsExpectation({ model, outputs, messages }: { model: TraceModel; outputs: unknown; messages: ChatMessage[] }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button small look="plain" onClick={() => setOpen(true)}>Use as expectation</Button>
      {open && <ExpectationDialog model={model} initial={textOf(outputs, messages)} onClose={() => setOpen(false)} />}
    </>
  );
}

function ExpectationDialog({ model, initial, onClose }: { model: TraceModel; initial: string; onClose: () => void }) {
  const assess = useAssess(model.row.trace_id);
  const { expectations } = useCriteria(model.row.experiment_id, model.row.assessments, THUMBS_DEFAULT);
  return (
    <Dialog title="Use as expectation" onClose={onClose}>
      <p>The actual output, to be saved as the expected one. Correct it where it was wrong.</p>
      <ExpectationForm
        names={expectations}
        initial={initial}
        open
        onCreate={(assessment) => {
          assess.create({ ...assessment, kind: "expectation" });
          onClose();
        }}
      />
    </Dialog>
  );
}

function textOf(outputs: unknown, messages: ChatMessage[]): string {
  const said = messages.map(plainText).filter(Boolean).join("\n\n");
  if (said) return said;
  if (typeof outputs === "string") return outputs;
  const inside = typeof outputs === "object" && outputs !== null ? Object.values(outputs) : [];
  return inside.length === 1 && typeof inside[0] === "string" ? inside[0] : JSON.stringify(outputs, null, 2);
}
