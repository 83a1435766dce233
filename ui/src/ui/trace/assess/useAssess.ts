import { useMutation } from "@tanstack/react-query";
import type { InfiniteData } from "@tanstack/react-query";
import { mlflow } from "../../../net/api";
import { assessmentPath, createAssessment, deleteAssessment } from "../../../net/assessments";
import { queryClient } from "../../../net/queryClient";
import type { AssessmentRow, SpanTreePage } from "../../../core/types";
import { toast } from "../../../core/toastQueue";
import { personName } from "../../../net/person";
import { refreshAssessments } from "../../../net/pressThumb";
import { spanTreeKey } from "../useTrace";

export interface NewAssessment {
  name: string;
  kind: "feedback" | "expectation";
  value: unknown;
  rationale?: string;
  spanId?: string | null;
  /** The assessment that this one overrides. */
  overrides?: AssessmentRow;
}

/** Creates, corrects and deletes assessments. Changes are shown at once, and rolled back if the server rejects them. */
export function useAssess(traceId: string) {
  const create = useMutation({
    mutationFn: async (assessment: NewAssessment) => {
      const row = rowOf(assessment);
      const undo = change(traceId, (rows) => [...rows.filter((it) => it !== assessment.overrides && it.assessment_id !== assessment.overrides?.assessment_id), row]);
      try {
        // An assessment of a session remains one when it is corrected.
        const id = await createAssessment(traceId, { ...row, overrides: assessment.overrides?.assessment_id, session: assessment.overrides?.session_id ?? undefined });
        change(traceId, (rows) => rows.map((it) => (it.assessment_id === row.assessment_id ? { ...it, assessment_id: id } : it)));
        return { ...row, assessment_id: id };
      } catch (error) {
        undo();
        throw error;
      }
    },
    onSuccess: (row) => {
      toast(`Saved: ${row.name}${shown(row.value)}`, { undo: () => void remove.mutateAsync(row) });
      // The server decides whether the value is good or bad.
      void refreshAssessments([traceId]).catch(() => undefined);
    },
  });
  const explain = useMutation({
    mutationFn: async ({ row, rationale }: { row: AssessmentRow; rationale: string }) => {
      const undo = change(traceId, (rows) => rows.map((it) => (it.assessment_id === row.assessment_id ? { ...it, rationale } : it)));
      try {
        await mlflow(assessmentPath(traceId, row.assessment_id), { assessment: { rationale }, update_mask: "rationale" }, "PATCH");
      } catch (error) {
        undo();
        throw error;
      }
    },
  });
  const remove = useMutation({
    mutationFn: async (row: AssessmentRow) => {
      const undo = change(traceId, (rows) => rows.filter((it) => it.assessment_id !== row.assessment_id));
      try {
        await deleteAssessment(traceId, row.assessment_id);
      } catch (error) {
        undo();
        throw error;
      }
    },
    onSuccess: (_, row) => {
      const bringBack = async () => {
        await createAssessment(traceId, row);
        change(traceId, (rows) => [...rows, row]);
      };
      toast(`Deleted: ${row.kind === "issue" ? String(row.value) : row.name}`, { undo: () => void bringBack().catch((error: Error) => toast(error.message, { error: true })) });
    },
    // Deleting a correction makes the overridden assessment valid again, which only the server knows.
    onSettled: () => void queryClient.invalidateQueries({ queryKey: spanTreeKey(traceId) }),
  });
  return { create: create.mutate, explain: explain.mutate, remove: remove.mutate };
}

/** Changes the cached trace; returns a function that undoes it. */
function change(traceId: string, edit: (rows: AssessmentRow[]) => AssessmentRow[]): () => void {
  const key = spanTreeKey(traceId);
  const before = queryClient.getQueryData<InfiniteData<SpanTreePage>>(key);
  // A pending response does not contain the change yet.
  void queryClient.cancelQueries({ queryKey: key });
  queryClient.setQueryData<InfiniteData<SpanTreePage>>(key, (data) => {
    const first = data?.pages[0];
    if (!data || !first) return data;
    const trace = { ...first.trace, assessments: edit(first.trace.assessments) };
    return { ...data, pages: [{ ...first, trace }, ...data.pages.slice(1)] };
  });
  return () => queryClient.setQueryData(key, before);
}

function rowOf({ name, kind, value, rationale, spanId, overrides }: NewAssessment): AssessmentRow {
  const now = Date.now();
  return {
    ...(overrides && { overridden: overrides }),
    assessment_id: `a-${crypto.getRandomValues(new Uint32Array(4)).reduce((text, part) => text + part.toString(16).padStart(8, "0"), "")}`,
    name, kind, value, verdict: null, polarity: null, rationale: rationale || null, error: null, source_type: "HUMAN", source_id: personName(), span_id: spanId ?? null,
    create_time_ms: now, update_time_ms: now,
  };
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length < 40 ? ` = ${text}` : "";
}
