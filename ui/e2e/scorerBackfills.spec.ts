// Scoring of the past: backfills with a forecast, failures that are retried, and rescoring of one trace.
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { newExperiment, sendTrace } from "./otlp";
import { call, makeExperiment, sendTrace as sendTo } from "./rest";
import { startServer } from "./server";

interface Assessment {
  assessment_id: string;
  assessment_name: string;
  feedback: { value?: unknown; error?: unknown };
  metadata: Record<string, string>;
}

async function registerJudge(server: string, id: string, name: string, model: string, instructions = "Does {{ outputs }} help?"): Promise<void> {
  const judge = { name, is_session_level_scorer: false, instructions_judge_pydantic_data: { instructions, model } };
  await call(server, "/api/3.0/mlflow/scorers/register", { experiment_id: id, name, serialized_scorer: JSON.stringify(judge) });
}

async function start(server: string, id: string, name: string): Promise<void> {
  const started = await fetch(`${server}/api/3.0/mlflow/scorers/online-config`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ experiment_id: id, name, sample_rate: 1 }) });
  expect(started.status).toBe(200);
}

async function assessments(server: string, trace: string): Promise<Assessment[]> {
  const { trace: found } = await call<{ trace: { trace_info: { assessments?: Assessment[] } } }>(server, `/api/3.0/mlflow/traces/${trace}`);
  return found.trace_info.assessments ?? [];
}

const versions = async (trace: string) => (await assessments(SERVER(), trace)).map(({ metadata }) => metadata["mlflow.assessment.scorerVersion"]);

test("past traces are scored after a forecast, by a new version again, and one trace once more", async ({ page }) => {
  test.slow();
  const e = await newExperiment("backfill");
  const traces: string[] = [];
  for (const minutes of [3, 2, 1]) {
    traces.push(await sendTrace(e, [{ name: "agent", startMs: 0, durationMs: 20, inputs: "Help?", outputs: "Here it is." }], { beginMs: Date.now() - minutes * 60_000 }));
  }
  await registerJudge(SERVER(), e, "helpful", "demo:/rules");
  await page.goto(`/e/${e}/scorers`);
  await expect(page.getByRole("row", { name: /^helpful/ })).toBeVisible();
  await page.keyboard.press("p");
  const dialog = page.getByRole("dialog", { name: "Score past traces" });
  await expect(dialog.getByText("Choose scorers to see what they would cost.")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("Choose a scorer, with a share of more than 0 and at most 100")).toBeVisible();
  await dialog.getByLabel("helpful", { exact: true }).press("Space");
  await expect(dialog.getByRole("status")).toContainText("3 traces match; up to 3 calls of models");
  await expect(dialog.getByRole("status")).toContainText("not called in the last 30 days");
  await checkA11y(page);
  await shot(page, "scorers-backfill");
  await dialog.getByRole("button", { name: "Start", exact: true }).press("Enter");
  await expect(dialog).toBeHidden();
  const list = page.getByRole("region", { name: "Backfills" });
  await expect(list.getByText("done", { exact: true })).toBeVisible({ timeout: 20_000 });
  await expect(list).toContainText("3 of 3 traces, 3 scored");
  await checkA11y(page);
  await shot(page, "scorers-backfills");
  for (const trace of traces) expect(await versions(trace)).toEqual(["1"]);

  // A new version scores again what the former one did, from the page of the scorer.
  await registerJudge(SERVER(), e, "helpful", "demo:/rules", "Does {{ outputs }} really help?");
  await page.goto(`/e/${e}/scorers/helpful`);
  await page.getByRole("button", { name: "Past traces…" }).press("Enter");
  await expect(dialog.getByLabel(/Only traces that a former version scored/)).toBeChecked();
  await expect(dialog.getByRole("status")).toContainText("by its 3 calls of the last 30 days");
  await dialog.getByRole("button", { name: "Start", exact: true }).press("Enter");
  await expect(dialog).toBeHidden();
  await expect.poll(() => versions(traces[0]!), { timeout: 20_000 }).toEqual(["2"]);

  const before = await assessments(SERVER(), traces[2]!);
  await page.goto(`/t/${traces[2]}`);
  await expect(page.getByRole("tab", { name: /^Assessments/ })).toBeVisible();
  await page.keyboard.press("s");
  await expect(page.getByRole("button", { name: "Rescore with helpful" })).toBeVisible();
  await page.keyboard.press("S");
  await expect(page.getByText("helpful scores the trace again")).toBeVisible();
  await expect.poll(async () => {
    const after = await assessments(SERVER(), traces[2]!);
    return after.length === 1 && after[0]!.metadata["mlflow.assessment.scorerTraceId"] !== before[0]!.metadata["mlflow.assessment.scorerTraceId"];
  }, { timeout: 20_000 }).toBe(true);
  await checkA11y(page);
  await shot(page, "trace-rescore");
});

test("what a judge could not score is shown with the reason, and retried", async ({ page }, info) => {
  test.slow();
  let isBroken = true;
  const model = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    if (isBroken) {
      response.statusCode = 400;
      response.end(JSON.stringify({ error: { message: "the model `small` has no such key" } }));
      return;
    }
    const message = { role: "assistant", content: JSON.stringify({ rationale: "It is polite.", result: "yes" }) };
    response.end(JSON.stringify({ id: "1", object: "chat.completion", model: "small", choices: [{ index: 0, message, finish_reason: "stop" }], usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } }));
  });
  await new Promise<void>((ready) => model.listen(0, "127.0.0.1", ready));
  const config = info.outputPath("kansoku.toml");
  writeFileSync(config, `[endpoints.local]\nprovider = "openai-compatible"\nmodel = "small"\nbase_url = "http://127.0.0.1:${(model.address() as AddressInfo).port}/v1"\n`);
  const server = await startServer(["--config", config]);
  try {
    const e = await makeExperiment(server.url, "failures");
    await registerJudge(server.url, e, "polite", "gateway:/local");
    await start(server.url, e, "polite");
    for (const text of ["one", "two"]) await sendTo(server.url, e, [{ name: "agent", attributes: { "mlflow.spanInputs": '"Hello?"', "mlflow.spanOutputs": JSON.stringify(text) } }]);
    await page.goto(`${server.url}/e/${e}/scorers/polite`);
    await expect(page.getByRole("heading", { name: "Could not score 2 traces" })).toBeVisible({ timeout: 40_000 });
    const failures = page.getByRole("region", { name: "Failures with reasons" }).getByRole("row");
    await expect(failures).toHaveCount(3);
    await expect(failures.nth(1)).toContainText("has no such key");
    await checkA11y(page);
    await shot(page, "scorer-failures");
    await page.setViewportSize(NARROW);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
    isBroken = false;
    await failures.nth(1).getByRole("button", { name: /^Retry/ }).press("Enter");
    await expect(page.getByText("1 trace will be scored again")).toBeVisible();
    await expect(page.getByRole("heading", { name: "Could not score 1 trace" })).toBeVisible();
    await page.keyboard.press("R");
    await expect(page.getByRole("heading", { name: /^Could not score/ })).toBeHidden();
    const { traces } = await call<{ traces: { trace_id: string; assessments?: Assessment[] }[] }>(server.url, "/api/3.0/mlflow/traces/search", { locations: [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: e } }] });
    expect(traces).toHaveLength(2);
    for (const { trace_id } of traces) {
      await expect.poll(async () => (await assessments(server.url, trace_id)).map(({ feedback }) => feedback.value), { timeout: 20_000 }).toEqual(["yes"]);
    }
  } finally {
    await server.stop();
    model.close();
  }
});
