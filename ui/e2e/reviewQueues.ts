// Review queues made by REST with their questions and traces, and the answers that reviewers gave.
import type { Page } from "@playwright/test";
import { SERVER } from "./kit";
import { call, sendTrace } from "./rest";

export const unique = (name: string) => `${name}-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;

interface Assessment {
  assessment_name: string;
  rationale?: string;
  source: { source_type: string; source_id: string };
  feedback?: { value: unknown };
  expectation?: { value?: unknown; serialized_value?: { value: string } };
  valid?: boolean;
}

export async function makeTraces(experiment: string, count: number): Promise<string[]> {
  const traces: string[] = [];
  for (let at = 0; at < count; at++) {
    traces.push(await sendTrace(SERVER(), experiment, [
      { name: "answer", attributes: { "mlflow.spanInputs": JSON.stringify({ question: `Question ${at}?` }), "mlflow.spanOutputs": JSON.stringify(`Answer ${at}.`) } },
    ]));
  }
  return traces;
}

export async function makeQuestion(experiment: string, name: string, input: object, more: object = {}): Promise<string> {
  const { label_schema } = await call<{ label_schema: { schema_id: string } }>(SERVER(), "/api/3.0/mlflow/label-schemas/create", {
    experiment_id: experiment, name, type: "FEEDBACK", input, enable_comment: true, ...more,
  });
  return label_schema.schema_id;
}

export const PASS_FAIL = { pass_fail: { positive_label: "Correct", negative_label: "Wrong" } };

export async function makeQueue(experiment: string, schemaIds: string[], traces: string[], users: string[] = []): Promise<string> {
  const { review_queue } = await call<{ review_queue: { queue_id: string } }>(SERVER(), "/api/3.0/mlflow/review-queues/create", {
    experiment_id: experiment, name: unique("queue"), queue_type: "CUSTOM", users, schema_ids: schemaIds,
  });
  if (traces.length) await call(SERVER(), "/api/3.0/mlflow/review-queues/items/add", { queue_id: review_queue.queue_id, item_type: "TRACE", item_ids: traces });
  return review_queue.queue_id;
}

export async function itemsOf(queue: string): Promise<{ item_id: string; status: string; completed_by?: string }[]> {
  const { items } = await call<{ items: { item_id: string; status: string; completed_by?: string }[] }>(SERVER(), `/api/3.0/mlflow/review-queues/items/list?queue_id=${queue}`);
  return items;
}

/** The valid assessments of a trace: `ana is_correct=true: a comment`. */
export async function answersOf(trace: string): Promise<string[]> {
  const { trace: { trace_info } } = await call<{ trace: { trace_info: { assessments?: Assessment[] } } }>(SERVER(), `/api/3.0/mlflow/traces/${trace}`);
  return (trace_info.assessments ?? []).filter(({ valid }) => valid !== false).map(({ assessment_name, source, feedback, expectation, rationale }) => {
    const value = feedback ? feedback.value : (expectation?.serialized_value?.value ?? expectation?.value);
    return `${source.source_id} ${assessment_name}=${JSON.stringify(value)}${rationale ? `: ${rationale}` : ""}`;
  }).sort();
}

export const answer = (trace: string, person: string, name: string, value: unknown) =>
  call(SERVER(), `/api/3.0/mlflow/traces/${trace}/assessments`, { assessment: { assessment_name: name, trace_id: trace, source: { source_type: "HUMAN", source_id: person }, feedback: { value } } });

export async function be(page: Page, person: string): Promise<void> {
  await page.addInitScript((name) => localStorage.setItem("kansoku.reviewer", name), person);
}

export const position = (page: Page) => page.locator(".review-panel-head b");
export const openItems = async (queue: string) => (await itemsOf(queue)).filter(({ status }) => status === "PENDING").length;
