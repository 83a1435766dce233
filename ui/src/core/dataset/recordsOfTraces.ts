// Records made from traces, as `EvaluationDataset.merge_records` of MLflow's client makes them: the root span's inputs and outputs, the
// trace's expectations, and the trace as source.
import { canonicalJson, isJsonObject } from "../json/exactJson";
import type { AssessmentRow } from "../types";
import type { JsonObject, RecordUpsert } from "./record";

/** What a record needs of a trace. */
export interface TraceContent {
  traceId: string;
  session: string | null;
  /** Of the root span; `undefined` if it has none. */
  inputs: unknown;
  outputs: unknown;
  /** The answer in the outputs, for a person. */
  answer: unknown;
  expectations: JsonObject;
}

/** The name of the field for inputs that are no object: datasets take objects only. */
export const INPUT_FIELD = "input";

export interface TraceRecords {
  records: RecordUpsert[];
  /** Traces whose root span has no inputs; they get no record. */
  withoutInputs: string[];
  /** Number of traces whose inputs are no object. */
  wrapped: number;
  /** Number of traces with the same inputs as an earlier one: their records are merged. */
  repeated: number;
}

/** `expectedField` is the name that outputs are stored by as expectations, or `null` if they are not. */
export function recordsOfTraces(traces: readonly TraceContent[], expectedField: string | null): TraceRecords {
  const made: TraceRecords = { records: [], withoutInputs: [], wrapped: 0, repeated: 0 };
  const known = new Set<string>();
  for (const trace of traces) {
    if (isEmpty(trace.inputs)) {
      made.withoutInputs.push(trace.traceId);
      continue;
    }
    const inputs = isJsonObject(trace.inputs) ? trace.inputs : { [INPUT_FIELD]: trace.inputs };
    if (inputs !== trace.inputs) made.wrapped += 1;
    const key = canonicalJson(inputs);
    if (known.has(key)) made.repeated += 1;
    known.add(key);
    made.records.push(recordOf(trace, inputs, expectedField));
  }
  return made;
}

function recordOf({ traceId, session, outputs, answer, expectations }: TraceContent, inputs: JsonObject, expectedField: string | null): RecordUpsert {
  // What a person has already said is expected is not replaced by the actual output.
  const fromOutput = expectedField === null || isEmpty(answer) ? {} : { [expectedField]: answer };
  return {
    inputs,
    ...(isEmpty(outputs) ? {} : { outputs }),
    expectations: { ...fromOutput, ...expectations },
    source: { source_type: "TRACE", source_data: { trace_id: traceId, ...(session ? { session_id: session } : {}) } },
  };
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (isJsonObject(value) && Object.keys(value).length === 0);
}

/** The expectations of a trace by name; the last of a name counts. */
export function expectationsOfTrace(assessments: readonly Pick<AssessmentRow, "kind" | "name" | "value">[]): JsonObject {
  return Object.fromEntries(assessments.filter(({ kind }) => kind === "expectation").map(({ name, value }) => [name, value]));
}

/** Number of records whose inputs are those of a record in the dataset. */
export function countKnown(records: readonly RecordUpsert[], known: ReadonlySet<string>): number {
  return new Set(records.map(({ inputs }) => canonicalJson(inputs)).filter((key) => known.has(key))).size;
}
