// Creates and deletes assessments of traces as a person, by MLflow's routes.
import type { AssessmentRow } from "../core/types";
import { mlflow } from "./api";

const pathOf = (traceId: string) => `3.0/mlflow/traces/${encodeURIComponent(traceId)}/assessments`;

export interface PersonsAssessment {
  name: string;
  kind: "feedback" | "expectation";
  value: unknown;
  rationale: string;
  person: string;
  /** The id of the assessment that this one overrides. */
  overrides?: string;
}

/** Returns the id. */
export async function createAssessment(traceId: string, { name, kind, value, rationale, person, overrides }: PersonsAssessment): Promise<string> {
  // MLflow's clients store lists and objects that are expected as JSON.
  const isSerialized = kind === "expectation" && typeof value === "object" && value !== null;
  const content = isSerialized ? { serialized_value: { serialization_format: "JSON_FORMAT", value: JSON.stringify(value) } } : { value };
  const { assessment } = await mlflow<{ assessment: { assessment_id: string } }>(pathOf(traceId), {
    assessment: {
      assessment_name: name,
      trace_id: traceId,
      source: { source_type: "HUMAN", source_id: person },
      [kind]: content,
      ...(rationale && { rationale }),
      ...(overrides && { overrides }),
    },
  });
  return assessment.assessment_id;
}

export async function deleteAssessment(traceId: string, assessmentId: string): Promise<void> {
  // MLflow's routes require a JSON body even if it is empty.
  await mlflow(`${pathOf(traceId)}/${encodeURIComponent(assessmentId)}`, {}, "DELETE");
}

/** Creates an assessment again that was deleted. */
export async function restoreAssessment(traceId: string, row: AssessmentRow): Promise<void> {
  const kind = row.kind === "expectation" ? "expectation" : "feedback";
  await createAssessment(traceId, { name: row.name, kind, value: row.value, rationale: row.rationale ?? "", person: row.source_id ?? "" });
}
