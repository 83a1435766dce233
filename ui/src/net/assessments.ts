// Creates and deletes assessments of traces, by MLflow's routes.
import type { AssessmentRow } from "../core/types";
import { mlflow } from "./api";
import { personName } from "./person";

/** The path of a trace's assessments, or of one of them. */
export function assessmentPath(traceId: string, assessmentId?: string): string {
  const all = `3.0/mlflow/traces/${encodeURIComponent(traceId)}/assessments`;
  return assessmentId === undefined ? all : `${all}/${encodeURIComponent(assessmentId)}`;
}

/** The fields of a new assessment. Unless they are set, the server chooses the id, and the source is the person at this browser. */
export type AssessmentFields = Pick<AssessmentRow, "name" | "kind" | "value"> & Partial<Pick<AssessmentRow, "assessment_id" | "rationale" | "source_type" | "source_id" | "span_id">> & {
  /** The id of the assessment that this one overrides. */
  overrides?: string;
  /** The session that the assessment is about, instead of the trace alone. */
  session?: string;
};

/** Returns the id. */
export async function createAssessment(traceId: string, assessment: AssessmentFields): Promise<string> {
  const { assessment_id, name, rationale, source_type = "HUMAN", source_id = personName(), span_id, overrides, session } = assessment;
  const created = await mlflow<{ assessment: { assessment_id: string } }>(assessmentPath(traceId), {
    assessment: {
      ...(assessment_id && { assessment_id }),
      assessment_name: name,
      trace_id: traceId,
      source: { source_type, source_id },
      ...contentOf(assessment),
      ...(rationale && { rationale }),
      ...(span_id && { span_id }),
      ...(overrides && { overrides }),
      ...(session !== undefined && { metadata: { "mlflow.trace.session": session } }),
    },
  });
  return created.assessment.assessment_id;
}

function contentOf({ kind, value }: Pick<AssessmentRow, "kind" | "value">) {
  if (kind === "issue") return { issue: { issue_name: value } };
  if (kind !== "expectation") return { feedback: { value } };
  // MLflow's clients store lists and objects that are expected as JSON.
  const isStructured = typeof value === "object" && value !== null;
  return { expectation: isStructured ? { serialized_value: { serialization_format: "JSON_FORMAT", value: JSON.stringify(value) } } : { value } };
}

export async function deleteAssessment(traceId: string, assessmentId: string): Promise<void> {
  // MLflow's routes require a JSON body even if it is empty.
  await mlflow(assessmentPath(traceId, assessmentId), {}, "DELETE");
}
