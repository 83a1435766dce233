import { useState } from "react";
import type { ChatMessage } from "../../../core/chat/normalizedSpan";
import { outputText } from "../../../core/chat/outputText";
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
  const answer = outputText(outputs, messages);
  return typeof answer === "string" ? answer : (JSON.stringify(answer, null, 2) ?? "");
}
