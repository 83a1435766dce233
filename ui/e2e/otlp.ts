// Sends traces over OTLP with the times, texts and failures that a test needs.
import { SERVER } from "./kit";

export interface SentSpan {
  name: string;
  type?: string;
  /** Index of the parent in the list; absent for the root. */
  parent?: number;
  startMs: number;
  durationMs: number;
  inputs?: unknown;
  outputs?: unknown;
  error?: string;
  model?: string;
  tokens?: [input: number, output: number];
  attributes?: Record<string, string>;
  events?: { name: string; attributes?: Record<string, string> }[];
  /** The span refers to a parent that is never sent. */
  lost?: boolean;
}

export function newTraceId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function newExperiment(name: string): Promise<string> {
  const answer = await fetch(`${SERVER()}/api/2.0/mlflow/experiments/create`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: `${name} ${Date.now()} ${Math.random()}` }),
  });
  return ((await answer.json()) as { experiment_id: string }).experiment_id;
}

/** Sends a trace, or its spans from `first` on; returns the trace id in MLflow's form, `tr-…`. */
export async function sendTrace(experiment: string, spans: SentSpan[], options: { session?: string; beginMs?: number; traceId?: string; first?: number } = {}): Promise<string> {
  const traceId = options.traceId?.replace("tr-", "") ?? newTraceId();
  const begin = BigInt(options.beginMs ?? Date.now() - 60_000) * 1_000_000n;
  const at = (ms: number) => String(begin + BigInt(Math.round(ms * 1e6)));
  const otlp = spans.slice(options.first ?? 0).map((span, at0) => ({ span, nth: at0 + (options.first ?? 0) })).map(({ span, nth }) => ({
    traceId,
    spanId: spanId(traceId, nth),
    ...(span.parent !== undefined ? { parentSpanId: spanId(traceId, span.parent) } : span.lost ? { parentSpanId: spanId(traceId, 0xffffff) } : {}),
    name: span.name,
    kind: 1,
    startTimeUnixNano: at(span.startMs),
    endTimeUnixNano: at(span.startMs + span.durationMs),
    status: span.error ? { code: 2, message: span.error } : { code: 1 },
    attributes: attributes({
      "mlflow.spanType": JSON.stringify(span.type ?? "CHAIN"),
      ...(span.inputs === undefined ? {} : { "mlflow.spanInputs": JSON.stringify(span.inputs) }),
      ...(span.outputs === undefined ? {} : { "mlflow.spanOutputs": JSON.stringify(span.outputs) }),
      ...(span.model ? { "mlflow.llm.model": JSON.stringify(span.model) } : {}),
      ...(span.tokens ? { "mlflow.chat.tokenUsage": JSON.stringify({ input_tokens: span.tokens[0], output_tokens: span.tokens[1], total_tokens: span.tokens[0] + span.tokens[1] }) } : {}),
      ...(options.session && nth === 0 ? { "session.id": options.session } : {}),
      ...span.attributes,
    }),
    events: [
      ...(span.events ?? []).map((event) => ({ name: event.name, timeUnixNano: at(span.startMs), attributes: attributes(event.attributes ?? {}) })),
      ...(span.error
        ? [{ name: "exception", timeUnixNano: at(span.startMs + span.durationMs), attributes: attributes({ "exception.type": span.error.split(":")[0]!, "exception.message": span.error.split(": ")[1] ?? span.error, "exception.stacktrace": `Traceback:\n  agent.py, line 41\n${span.error}` }) }]
        : []),
    ],
  }));
  for (let from = 0; from < otlp.length; from += 5000) {
    const answer = await fetch(`${SERVER()}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-mlflow-experiment-id": experiment },
      body: JSON.stringify({ resourceSpans: [{ resource: { attributes: attributes({ "service.name": "support" }) }, scopeSpans: [{ spans: otlp.slice(from, from + 5000) }] }] }),
    });
    if (!answer.ok) throw new Error(`the server took no spans: ${answer.status} ${await answer.text()}`);
  }
  return `tr-${traceId}`;
}

export function spanId(traceId: string, nth: number): string {
  return (BigInt(`0x${traceId.replace("tr-", "").slice(0, 8)}`) * 0x100000000n + BigInt(nth + 1)).toString(16).padStart(16, "0");
}

function attributes(values: Record<string, string>) {
  return Object.entries(values).map(([key, value]) => ({ key, value: { stringValue: value } }));
}

const QUESTION = "The webhook keeps returning 401 since **yesterday**. What should I check?";
const ANSWER = "# Fixing the 401\n\nThe signing secret was **rotated**:\n\n1. Open *Settings*\n2. Copy the new secret\n\nSee [the manual](https://docs.example.com/webhooks).";

/** The spans of an agent that searches, plans and answers; with `fails`, its search times out. */
export function support({ fails = true } = {}): SentSpan[] {
  const error = fails ? "TimeoutError: vector store timed out after 5000 ms (shard 3/8)" : undefined;
  const asked = [{ role: "system", content: "You are a support agent. Answer from the manual." }, { role: "user", content: "Earlier question about limits?" }, { role: "assistant", content: "Earlier answer: raise them in Settings." }, { role: "user", content: QUESTION }];
  const call = { id: "call_1", type: "function", function: { name: "search_docs", arguments: '{"query": "webhook 401"}' } };
  const documents = [0, 1, 2].map((nth) => ({ page_content: `Passage ${nth + 1}: rotating the secret invalidates earlier signatures.`, metadata: { doc_uri: `https://docs.example.com/${nth}` }, id: String(nth), score: 0.9 - nth * 0.2 }));
  return [
    { name: "support_agent", type: "AGENT", startMs: 0, durationMs: 9410, inputs: { question: QUESTION }, outputs: { answer: ANSWER }, attributes: { "app.region": "eu-west-1" } },
    { name: "input_guardrail", type: "GUARDRAIL", parent: 0, startMs: 4, durationMs: 22, inputs: { text: QUESTION }, outputs: { allowed: true } },
    { name: "plan", parent: 0, startMs: 30, durationMs: 1760 },
    { name: "ChatCompletion", type: "CHAT_MODEL", parent: 2, startMs: 34, durationMs: 1752, model: "gpt-4.1", tokens: [412, 56], inputs: { messages: asked }, outputs: { choices: [{ message: { role: "assistant", content: null, tool_calls: [call] }, finish_reason: "tool_calls" }] } },
    { name: "search_docs", type: "TOOL", parent: 0, startMs: 1790, durationMs: 5280, inputs: { query: "webhook 401" }, outputs: fails ? undefined : { found: 3 }, error },
    { name: "vector_search", type: "RETRIEVER", parent: 4, startMs: 1940, durationMs: 5120, inputs: { query: "webhook 401" }, outputs: fails ? undefined : documents, error },
    { name: "keyword_search", type: "RETRIEVER", parent: 0, startMs: 7068, durationMs: 12, inputs: { query: "webhook 401" }, outputs: documents },
    { name: "ChatCompletion", type: "CHAT_MODEL", parent: 0, startMs: 7082, durationMs: 2320, model: "gpt-4.1", tokens: [2488, 388], inputs: { messages: [...asked, { role: "assistant", content: null, tool_calls: [call] }, { role: "tool", tool_call_id: "call_1", content: "nothing found" }] }, outputs: { choices: [{ message: { role: "assistant", content: ANSWER }, finish_reason: "stop" }] } },
  ];
}
