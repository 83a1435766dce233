import { useNavigate } from "@tanstack/react-router";
import { withExample } from "../../../core/scorer/judgeExample";
import { visible } from "../../../core/text";
import { toast } from "../../../core/toastQueue";
import type { ComparedFeedback, ListedScorer } from "../../../core/types";
import { readTraceContents } from "../../../net/traceRecords";
import { readJudgeDraft, writeJudgeDraft } from "../judgeDrafts";

/** Adds a trace with the verdict of the person to the draft of the judge's instructions, and opens it. `null` for scorers without instructions. */
export function useAddExample(e: string, experimentId: string | undefined, scorer: ListedScorer | undefined): ((compared: ComparedFeedback) => void) | null {
  const navigate = useNavigate();
  const instructions = scorer?.instructions ?? null;
  if (experimentId === undefined || !scorer || scorer.kind !== "judge" || instructions === null) return null;
  const add = async ({ trace_id, person }: ComparedFeedback) => {
    const { traces, failed } = await readTraceContents([trace_id], { onProgress: () => undefined, signal: new AbortController().signal });
    const content = traces[0];
    if (!content) throw new Error(failed[0]?.message ?? "The trace was deleted.");
    const before = readJudgeDraft(experimentId, scorer.name);
    const example = { inputs: content.inputs, outputs: content.outputs, verdict: person.value, rationale: person.rationale };
    writeJudgeDraft(experimentId, scorer.name, withExample(before ?? instructions, example));
    toast(`Added an example to the draft of ${visible(scorer.name)}`);
    await navigate({ to: "/e/$e/scorers/$scorer", params: { e, scorer: scorer.name } });
  };
  return (compared) => void add(compared).catch((error: Error) => toast(error.message, { error: true }));
}
