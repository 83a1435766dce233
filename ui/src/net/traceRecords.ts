// Reads what records of a dataset need of traces.
import { outputText } from "../core/chat/outputText";
import type { NormalizedSpan } from "../core/chat/normalizedSpan";
import { expectationsOfTrace, type TraceContent } from "../core/dataset/recordsOfTraces";
import { inParallel } from "../core/inParallel";
import { parseExact } from "../core/json/exactJson";
import type { AssessmentRow, TraceRow } from "../core/types";
import { apiUrl, kansoku, mlflowGet, send } from "./api";
import { spanPath } from "./span";
import { readRows } from "./traces";

export interface TraceContents {
  traces: TraceContent[];
  failed: { traceId: string; message: string }[];
}

/** In the order of the ids. Deleted traces are left out. */
export async function readTraceContents(ids: string[], { onProgress, signal }: { onProgress: (done: number) => void; signal: AbortSignal }): Promise<TraceContents> {
  const rows = new Map((await readRows(ids)).map((row) => [row.trace_id, row]));
  const known = ids.flatMap((id) => rows.get(id) ?? []);
  const contents = new Map<string, TraceContent>();
  const { failed } = await inParallel(known, async (row) => contents.set(row.trace_id, await readContent(row, signal)), { onProgress, signal });
  signal.throwIfAborted();
  return {
    traces: known.flatMap((row) => contents.get(row.trace_id) ?? []),
    failed: failed.map(({ thing, error }) => ({ traceId: thing.trace_id, message: error instanceof Error ? error.message : String(error) })),
  };
}

async function readContent(row: TraceRow, signal: AbortSignal): Promise<TraceContent> {
  const [root, expectations] = await Promise.all([readRoot(row.trace_id, signal), readExpectations(row)]);
  const { inputs, outputs, messages } = root ?? { inputs: undefined, outputs: undefined, messages: [] };
  return { traceId: row.trace_id, session: row.session, inputs, outputs, answer: outputText(outputs, messages), expectations };
}

/** The root span with all of its texts, and its numbers as they were sent. */
async function readRoot(traceId: string, signal: AbortSignal): Promise<NormalizedSpan | null> {
  const page = await kansoku<{ spans: { span_id: string }[] }>(`traces/${encodeURIComponent(traceId)}/spans`, { parent: "root", max_results: 1 }, { signal });
  const root = page.spans[0];
  if (!root) return null;
  const path = `3.0/kansoku/${spanPath(traceId, root.span_id)}`;
  const response = await send(path, apiUrl(path), { signal });
  return (parseExact(await response.text()) as { normalized?: NormalizedSpan }).normalized ?? null;
}

/** Lists shorten long values like this. */
const SHORTENED = /… \[cut: [\d,]+ bytes in all\]$/;

interface TraceInfoAssessment {
  assessment_name: string;
  expectation?: { value?: unknown; serialized_value?: { value: string } };
  valid?: boolean;
}

async function readExpectations({ trace_id, assessments }: TraceRow): Promise<TraceContent["expectations"]> {
  if (!assessments.some(isShortened)) return expectationsOfTrace(assessments);
  const answer = await mlflowGet<{ trace: { trace_info: { assessments?: TraceInfoAssessment[] } } }>(`3.0/mlflow/traces/${encodeURIComponent(trace_id)}`);
  const whole = (answer.trace.trace_info.assessments ?? []).filter(({ expectation, valid }) => expectation && valid !== false);
  return Object.fromEntries(whole.map(({ assessment_name, expectation }) => [assessment_name, expectation!.serialized_value ? JSON.parse(expectation!.serialized_value.value) as unknown : expectation!.value]));
}

function isShortened({ kind, value }: AssessmentRow): boolean {
  return kind === "expectation" && typeof value === "string" && SHORTENED.test(value);
}
