import { useMutation } from "@tanstack/react-query";
import type { InfiniteData } from "@tanstack/react-query";
import { mlflow } from "../../../net/api";
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

interface Wire {
  assessment_id: string;
  assessment_name: string;
}

/** Creates, corrects and deletes assessments. Changes are shown at once, and rolled back if the server rejects them. */
export function useAssess(traceId: string) {
  const path = `3.0/mlflow/traces/${encodeURIComponent(traceId)}/assessments`;
  const one = (id: string) => `${path}/${encodeURIComponent(id)}`;
  const send = async (row: AssessmentRow, overrides?: string) =>
    (await mlflow<{ assessment: Wire }>(path, { assessment: wire(row, overrides) })).assessment.assessment_id;

  const create = useMutation({
    mutationFn: async (assessment: NewAssessment) => {
      const row = rowOf(assessment);
      const undo = change(traceId, (rows) => [...rows.filter((it) => it !== assessment.overrides && it.assessment_id !== assessment.overrides?.assessment_id), row]);
      try {
        const id = await send(row, assessment.overrides?.assessment_id);
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
        await mlflow(one(row.assessment_id), { assessment: { rationale }, update_mask: "rationale" }, "PATCH");
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
        // MLflow's routes require a JSON body even if it is empty.
        await mlflow(one(row.assessment_id), {}, "DELETE");
      } catch (error) {
        undo();
        throw error;
      }
    },
    onSuccess: (_, row) => {
      const bringBack = async () => {
        await send(row);
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

function rowOf({ name, kind, value, rationale, spanId }: NewAssessment): AssessmentRow {
  const now = Date.now();
  return {
    assessment_id: `a-${crypto.getRandomValues(new Uint32Array(4)).reduce((text, part) => text + part.toString(16).padStart(8, "0"), "")}`,
    name, kind, value, verdict: null, polarity: null, rationale: rationale || null, error: null, source_type: "HUMAN", source_id: personName(), span_id: spanId ?? null,
    create_time_ms: now, update_time_ms: now,
  };
}

function wire(row: AssessmentRow, overrides?: string) {
  const isStructured = typeof row.value === "object" && row.value !== null;
  const expected = isStructured ? { serialized_value: { serialization_format: "JSON_FORMAT", value: JSON.stringify(row.value) } } : { value: row.value };
  return {
    assessment_id: row.assessment_id,
    assessment_name: row.name,
    ...(row.kind === "expectation" ? { expectation: expected } : row.kind === "issue" ? { issue: { issue_name: row.value } } : { feedback: { value: row.value } }),
    source: { source_type: row.source_type, source_id: row.source_id },
    ...(row.rationale ? { rationale: row.rationale } : {}),
    ...(row.span_id ? { span_id: row.span_id } : {}),
    ...(overrides ? { overrides } : {}),
  };
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length < 40 ? ` = ${text}` : "";
}
