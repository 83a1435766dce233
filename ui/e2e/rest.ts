// Requests that tests send to the server directly, such as spans.

export async function call<T = Record<string, unknown>>(url: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  const answer = await fetch(`${url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return (text ? JSON.parse(text) : {}) as T;
}

export async function makeExperiment(url: string, name: string): Promise<string> {
  return (await call<{ experiment_id: string }>(url, "/api/2.0/mlflow/experiments/create", { name })).experiment_id;
}

export interface SpanToSend {
  name: string;
  /** Start in ms after the start of the trace. */
  atMs?: number;
  tookMs?: number;
  parent?: number;
  failed?: string;
  attributes?: Record<string, string>;
}

/** Sends a trace with these spans, of which the first is the root; returns its id. */
export async function sendTrace(url: string, experimentId: string, spans: SpanToSend[], { startMs = Date.now() - 10_000, headers = {} as Record<string, string> } = {}): Promise<string> {
  const traceId = randomHex(32);
  const ids = spans.map(() => randomHex(16));
  const ns = (ms: number) => (BigInt(Math.round(ms)) * 1_000_000n).toString();
  const sent = spans.map(({ name, atMs = 0, tookMs = 10, parent = 0, failed, attributes = {} }, at) => ({
    traceId,
    spanId: ids[at],
    ...(at > 0 ? { parentSpanId: ids[parent] } : {}),
    name,
    startTimeUnixNano: ns(startMs + atMs),
    endTimeUnixNano: ns(startMs + atMs + tookMs),
    status: failed === undefined ? {} : { code: 2, message: failed },
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } })),
  }));
  await call(url, "/v1/traces", { resourceSpans: [{ scopeSpans: [{ spans: sent }] }] }, { "x-mlflow-experiment-id": experimentId, ...headers });
  return `tr-${traceId}`;
}

function randomHex(digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(Math.random() * 16).toString(16)).join("");
}
