// An experiment with traces of two versions, sent over OTLP, with times of the past week.
import { SERVER } from "./kit";

const HOUR = 3_600_000;

export interface TwoVersions {
  id: string;
  name: string;
}

/** Sends 60 traces: `1.0` is slow and every fourth search fails; `2.0` is quick. Three of four traces are rated. */
export async function twoVersions(name: string): Promise<TwoVersions> {
  const { experiment_id: id } = await post<{ experiment_id: string }>("/api/2.0/mlflow/experiments/create", { name });
  const now = Date.now();
  for (let at = 0; at < 60; at++) {
    const newer = 30 <= at;
    const broken = !newer && at % 4 === 0;
    const startMs = now - (newer ? 2 + (at - 30) : 60 + 3 * at) * HOUR;
    const traceId = (await sha(`${name} ${at}`)).slice(0, 32);
    await send(id, newer ? "2.0" : "1.0", trace(traceId, startMs, { seconds: newer ? 1 + (at % 5) / 10 : 3 + (at % 7) / 10, broken, lost: at % 15 === 7, at }));
    if (at % 4 !== 3) await rate(`tr-${traceId}`, "correct", broken || at % 10 === 0 ? "no" : "yes");
    if (at % 3 === 0) await rate(`tr-${traceId}`, "relevance", broken ? 0.2 : 0.6 + (at % 4) / 10);
  }
  return { id, name };
}

interface Made {
  seconds: number;
  /** A child span fails, but the trace does not. */
  broken: boolean;
  /** The root span fails. */
  lost: boolean;
  at: number;
}

function trace(traceId: string, startMs: number, { seconds, broken, lost, at }: Made): unknown[] {
  const endMs = startMs + seconds * 1000;
  const failed = (type: string, message: string) => ({
    status: { code: 2, message },
    events: [{ name: "exception", timeUnixNano: nanos(startMs + 400), attributes: attributes({ "exception.type": type, "exception.message": message }) }],
  });
  const span = (number: number, name: string, from: number, to: number, more: Record<string, unknown>, rest: object = {}) => ({
    traceId,
    spanId: `${traceId.slice(0, 15)}${number}`,
    ...(number === 1 ? {} : { parentSpanId: `${traceId.slice(0, 15)}1` }),
    name,
    kind: 1,
    startTimeUnixNano: nanos(from),
    endTimeUnixNano: nanos(to),
    attributes: attributes(more),
    ...rest,
  });
  const question = { messages: [{ role: "user", content: `Where is order ${at}?` }] };
  return [
    span(1, "support_agent", startMs, endMs, {
      "mlflow.spanType": "AGENT", "mlflow.spanInputs": question, "mlflow.spanOutputs": "On its way.", "session.id": `s-${Math.floor(at / 3)}`, "user.id": `u-${at % 5}`,
    }, lost ? failed("ValueError", "no such order") : {}),
    span(2, "vector_search", startMs, startMs + 400, { "mlflow.spanType": "RETRIEVER", "mlflow.spanInputs": { query: "order" } }, broken ? failed("TimeoutError", "the store timed out") : {}),
    span(3, "lookup_order", startMs + 400, startMs + 500, { "mlflow.spanType": "TOOL", "mlflow.spanInputs": { order: at } }),
    span(4, "ChatCompletion", startMs + 500, endMs - 50, {
      "mlflow.spanType": "CHAT_MODEL", "mlflow.llm.model": seconds < 2 ? "quick-model" : "slow-model", "mlflow.llm.cost": { total_cost: seconds / 1000 },
      "mlflow.chat.tokenUsage": { input_tokens: 400 + at, output_tokens: 60, total_tokens: 460 + at },
    }),
  ];
}

async function send(experiment: string, version: string, spans: unknown[]): Promise<void> {
  const resource = { attributes: attributes({ "service.name": "support", "service.version": version, "deployment.environment.name": "prod" }) };
  await post("/v1/traces", { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }, { "x-mlflow-experiment-id": experiment });
}

async function rate(traceId: string, name: string, value: unknown): Promise<void> {
  const source = { source_type: "HUMAN", source_id: "tester" };
  await post(`/api/3.0/mlflow/traces/${traceId}/assessments`, { assessment: { assessment_name: name, trace_id: traceId, source, feedback: { value } } });
}

/** MLflow's attributes are JSON-encoded strings, all others plain strings. */
function attributes(values: Record<string, unknown>): unknown[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: { stringValue: key.startsWith("mlflow.") ? JSON.stringify(value) : String(value) },
  }));
}

function nanos(ms: number): string {
  return `${Math.round(ms)}000000`;
}

async function post<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
  const answer = await fetch(SERVER() + path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as T;
}

async function sha(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
