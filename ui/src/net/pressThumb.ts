// Thumbs up and down: creates, changes and deletes them, for lists, traces and sessions.
import type { InfiniteData } from "@tanstack/react-query";
import { pressAll, thumbOf, type ThumbChange } from "../core/thumbs";
import { toast } from "../core/toastQueue";
import type { AssessmentRow, SpanTreePage, TraceRow } from "../core/types";
import { mlflow } from "./api";
import { assessmentPath, createAssessment, deleteAssessment } from "./assessments";
import { readFeedbackSettings } from "./feedbackSettings";
import { inParallel } from "../core/inParallel";
import { personName } from "./person";
import { queryClient } from "./queryClient";
import { readRows } from "./traces";

export interface Thumbs {
  experiment: string;
  traceIds: string[];
  pressed: "good" | "bad";
  /** The feedback is about this whole session, which has these assessments; it is stored with the first trace. */
  session?: { id: string; assessments: readonly AssessmentRow[] };
  /** Called with the changed rows. */
  onChanged?: (rows: TraceRow[]) => void;
}

interface Step {
  traceId: string;
  change: ThumbChange;
  before: AssessmentRow | null;
  /** The id of the created assessment. */
  created: string | null;
}

/** Presses a thumb on traces. A toast confirms it, and offers to undo it until the next change. */
export async function pressThumb(thumbs: Thumbs): Promise<void> {
  const { experiment, traceIds, pressed, session } = thumbs;
  try {
    const [{ thumbs: name }, rows] = await Promise.all([readFeedbackSettings(experiment), readRows(traceIds)]);
    const person = personName();
    const assessments = new Map(rows.map((row) => [row.trace_id, row.assessments]));
    const now = traceIds.map((id) => thumbOf(session?.assessments ?? assessments.get(id) ?? [], name, person));
    const steps: Step[] = pressAll(now, pressed).map((change, at) => ({ traceId: traceIds[at]!, change, before: now[at] ?? null, created: null }));
    const { failed } = await inParallel(steps, (step) => run(step, { name, person, value: pressed === "good", session: session?.id }));
    await refresh(thumbs);
    if (failed.length) throw failed[0]!.error;
    toast(saidOf(steps, pressed, name), { undo: () => void undo(thumbs, steps) });
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), { error: true });
  }
}

function saidOf(steps: Step[], pressed: "good" | "bad", name: string): string {
  const thumb = pressed === "good" ? "Thumbs up" : "Thumbs down";
  const done = steps.every(({ change }) => change === "delete") ? "removed from" : "saved as";
  return `${thumb} ${done} ${name}${steps.length === 1 ? "" : ` of ${steps.length} traces`}`;
}

async function run(step: Step, { name, person, value, session }: { name: string; person: string; value: boolean; session?: string }): Promise<void> {
  switch (step.change) {
    case "create": step.created = await createAssessment(step.traceId, { name, kind: "feedback", value, source_id: person, session }); break;
    case "change": await change(step.traceId, step.before!, value); break;
    case "delete": await deleteAssessment(step.traceId, step.before!.assessment_id); break;
    case "keep": break;
  }
}

async function undo(thumbs: Thumbs, steps: Step[]): Promise<void> {
  try {
    const { failed } = await inParallel(steps, async ({ traceId, change: done, before, created }) => {
      if (done === "create" && created) await deleteAssessment(traceId, created);
      if (done === "change") await change(traceId, before!, before!.value);
      if (done === "delete") await createAssessment(traceId, { ...before!, assessment_id: undefined, session: thumbs.session?.id });
    });
    await refresh(thumbs);
    if (failed.length) throw failed[0]!.error;
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), { error: true });
  }
}

function change(traceId: string, { assessment_id }: AssessmentRow, value: unknown): Promise<unknown> {
  return mlflow(assessmentPath(traceId, assessment_id), { assessment: { trace_id: traceId, feedback: { value } }, update_mask: "feedback" }, "PATCH");
}

async function refresh({ traceIds, onChanged }: Thumbs): Promise<void> {
  const rows = await refreshAssessments(traceIds);
  onChanged?.(rows);
}

/** Refetches the assessments of traces for every screen that shows them. */
export async function refreshAssessments(traceIds: string[]): Promise<TraceRow[]> {
  const rows = await readRows(traceIds);
  for (const row of rows) {
    queryClient.setQueryData<InfiniteData<SpanTreePage>>(["trace", row.trace_id, "spans/tree"], (data) => {
      const first = data?.pages[0];
      if (!data || !first) return data;
      return { ...data, pages: [{ ...first, trace: { ...first.trace, assessments: row.assessments } }, ...data.pages.slice(1)] };
    });
  }
  void queryClient.invalidateQueries({ queryKey: ["session"] });
  return rows;
}
