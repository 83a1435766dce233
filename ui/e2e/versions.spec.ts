// Agent versions: the list with traffic, the comparison of two, and one version.
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { call, makeExperiment, sendTrace } from "./rest";

const unique = (name: string) => `${name}-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;
const HOUR = 3_600_000;

async function makeVersion(experiment: string, name: string, more: object = {}): Promise<string> {
  const { model } = await call<{ model: { info: { model_id: string } } }>(SERVER(), "/api/2.0/mlflow/logged-models", { experiment_id: experiment, name, ...more });
  const { model_id } = model.info;
  const ready = await fetch(`${SERVER()}/api/2.0/mlflow/logged-models/${model_id}`, {
    method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify({ model_id, status: "LOGGED_MODEL_READY" }),
  });
  expect(ready.status).toBe(200);
  return model_id;
}

/** A trace of a version; its spans and its info are sent separately, as MLflow's client does. */
async function sendVersionTrace(experiment: string, modelId: string, { tookMs, failed, good, hoursAgo }: { tookMs: number; failed?: string; good?: boolean; hoursAgo: number }): Promise<string> {
  const startMs = Date.now() - hoursAgo * HOUR;
  const trace = await sendTrace(SERVER(), experiment, [{ name: "ask", tookMs, failed, attributes: { "mlflow.spanInputs": '{"question": "Why?"}' } }], { startMs });
  await call(SERVER(), "/api/3.0/mlflow/traces", {
    trace: {
      trace_info: {
        trace_id: trace, trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } },
        request_time: new Date(startMs).toISOString(), execution_duration: `${tookMs / 1000}s`, state: failed ? "ERROR" : "OK", trace_metadata: { "mlflow.modelId": modelId },
      },
    },
  });
  if (good !== undefined) {
    const source = { source_type: "HUMAN", source_id: "me" };
    await call(SERVER(), `/api/3.0/mlflow/traces/${trace}/assessments`, { assessment: { assessment_name: "correct", trace_id: trace, source, feedback: { value: good } } });
  }
  return trace;
}

async function twoAgentVersions() {
  const experiment = await makeExperiment(SERVER(), unique("versions"));
  const git = (commit: string, more: { key: string; value: string }[] = []) => [{ key: "mlflow.source.git.branch", value: "main" }, { key: "mlflow.source.git.commit", value: commit }, ...more];
  const old = await makeVersion(experiment, "agent-1", { params: [{ key: "model", value: "gpt-4o-mini" }], tags: git("4f2a91c0aa") });
  const now = await makeVersion(experiment, "agent-2", {
    params: [{ key: "model", value: "gpt-4o" }, { key: "top_k", value: "4" }],
    tags: git("9be01d77bb", [
      { key: "mlflow.source.git.dirty", value: "true" }, { key: "mlflow.source.git.diff", value: "+retries = 3" }, { key: "team", value: "search" },
      { key: "mlflow.linkedPrompts", value: '[{"name": "answer", "version": "3"}]' },
    ]),
  });
  for (let at = 0; at < 4; at++) await sendVersionTrace(experiment, old, { tookMs: 3000, failed: at % 2 ? "no such order" : undefined, good: at % 2 === 0, hoursAgo: 40 + at });
  for (let at = 0; at < 3; at++) await sendVersionTrace(experiment, now, { tookMs: 800, good: true, hoursAgo: 2 + at });
  return { experiment, old, now };
}

test("versions are listed with their traffic, errors, durations and quality, and can be sorted and filtered", async ({ page }) => {
  const { experiment } = await twoAgentVersions();
  await makeVersion(experiment, "agent-3");
  await page.goto(`/e/${experiment}/versions`);
  const table = page.getByRole("region", { name: "Agent versions" });
  await expect(table.getByRole("row")).toHaveCount(4);
  const older = table.getByRole("row", { name: /agent-1/ });
  await expect(older).toContainText("50 %");
  await expect(older).toContainText("3.00 s");
  await expect(older).toContainText("4f2a91c");
  await expect(older).toContainText("gpt-4o-mini");
  await expect(older.getByRole("link", { name: "4", exact: true })).toBeVisible();
  await expect(older).toContainText("correct 50 %");
  await expect(table.getByRole("row", { name: /agent-2/ })).toContainText("correct 100 %");
  await checkA11y(page);
  await shot(page, "versions");
  await page.getByRole("button", { name: "p95" }).click();
  await expect(table.getByRole("row").nth(1)).toContainText("agent-1");
  await expect(page).toHaveURL(/sort=-p95/);
  await page.keyboard.press("/");
  await page.keyboard.type("params.top_k = '4'");
  await page.keyboard.press("Enter");
  await expect(table.getByRole("row")).toHaveCount(2);
  await page.getByRole("searchbox").fill("nonsense");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toBeVisible();
  await page.goto(`/e/${experiment}/versions`);
  await page.setViewportSize(NARROW);
  await expect(table.getByRole("row")).toHaveCount(4);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await checkA11y(page);
  await shot(page, "versions");
});

test("two versions are selected and compared by keys alone, the older one first", async ({ page }) => {
  const { experiment, old, now } = await twoAgentVersions();
  await page.goto(`/e/${experiment}/traces`);
  await expect(page.getByRole("navigation", { name: "Main navigation" })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await expect(page.getByRole("link", { name: "agent-2" })).toBeVisible();
  for (const key of ["j", "x", "j", "x", "c"]) await page.keyboard.press(key);
  await expect(page).toHaveURL(/\/compare\?/);
  const address = new URL(page.url()).searchParams;
  expect(address.get("qa")).toContain(old);
  expect(address.get("qb")).toContain(now);
  await expect(page.getByRole("region", { name: "Side A" }).getByText("4 traces")).toBeVisible();
  await expect(page.getByRole("region", { name: "Side B" }).getByText("3 traces")).toBeVisible();
});

test("the page of a version shows its state, traffic, evaluations and traces", async ({ page }) => {
  const { experiment, now } = await twoAgentVersions();
  const { run } = await call<{ run: { info: { run_id: string } } }>(SERVER(), "/api/2.0/mlflow/runs/create", {
    experiment_id: experiment, run_name: "nightly", start_time: Date.now(), tags: [{ key: "mlflow.runType", value: "genai_evaluate" }],
  });
  await call(SERVER(), "/api/2.0/mlflow/runs/log-metric", { run_id: run.info.run_id, key: "correctness/mean", value: 0.75, timestamp: Date.now(), model_id: now });
  await page.goto(`/e/${experiment}/versions`);
  await page.getByRole("link", { name: "agent-2" }).click();
  await expect(page.getByRole("heading", { name: "agent-2" })).toBeVisible();
  await expect(page.getByText("9be01d77bb")).toBeVisible();
  await page.getByText("Changes that are not in the commit").click();
  await expect(page.getByText("+retries = 3")).toBeVisible();
  await expect(page.getByText("answer", { exact: false }).first()).toBeVisible();
  await expect(page.getByRole("table", { name: "Parameters" })).toContainText("top_k");
  await expect(page.getByRole("table", { name: "Metrics" })).toContainText("0.75");
  await expect(page.getByRole("link", { name: "Why?" })).toHaveCount(3);
  const runs = page.getByRole("region", { name: "Evaluations and runs" });
  await expect(runs.getByRole("row", { name: /nightly/ })).toContainText("evaluation");
  await checkA11y(page);
  await shot(page, "version");
  await page.getByLabel("Value of team").fill("support");
  await page.keyboard.press("Enter");
  await page.reload();
  await expect(page.getByLabel("Value of team")).toHaveValue("support");
  await page.getByRole("link", { name: "Open in the trace list" }).click();
  await expect(page.getByRole("grid", { name: "Traces" }).locator("[data-trace]")).toHaveCount(3);
  await page.goBack();
  await page.setViewportSize(NARROW);
  await expect(page.getByRole("heading", { name: "agent-2" })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await checkA11y(page);
  await shot(page, "version");
});

test("a version is deleted after a question that names it; its traces are still listed", async ({ page }) => {
  const { experiment, old } = await twoAgentVersions();
  await page.goto(`/e/${experiment}/versions/${old}`);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("agent-1");
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByText("agent-1 was deleted")).toBeVisible();
  await expect(page.getByRole("row", { name: /agent-1/ })).toHaveCount(0);
  await expect(page.getByRole("link", { name: `${old} (4 traces)` })).toBeVisible();
  await page.goto(`/e/${experiment}/versions/${old}`);
  await expect(page.getByText("Version not found")).toBeVisible();
  await checkA11y(page);
});

test("an experiment without versions says how to name one, and hostile values are text", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("no versions"));
  await page.goto(`/e/${experiment}/versions`);
  await expect(page.getByText("No versions yet")).toBeVisible();
  await expect(page.getByText(/mlflow\.set_active_model\(name=/)).toBeVisible();
  await checkA11y(page);
  await shot(page, "versions-empty");
  const hostile = "<img src=x onerror=alert(1)> \u202egnp ".repeat(10);
  const id = await makeVersion(experiment, `<b>agent<b> ${"x".repeat(300)}`, {
    params: [{ key: hostile.slice(0, 250), value: hostile }],
    tags: [{ key: "mlflow.source.git.branch", value: hostile }, { key: "mlflow.source.git.repoURL", value: "javascript:alert(1)" }, { key: "mlflow.linkedPrompts", value: "{not json" }, { key: "t", value: hostile }],
  });
  await page.reload();
  await expect(page.getByRole("link", { name: /<b>agent<b>/ })).toBeVisible();
  await page.goto(`/e/${experiment}/versions/${id}`);
  await expect(page.getByRole("heading", { name: /<b>agent<b>/ })).toBeVisible();
  await expect(page.locator("img[src=x], a[href^=javascript]")).toHaveCount(0);
  await expect(page.getByText("No traces of this version in this time range.")).toBeVisible();
  await checkA11y(page);
  await page.setViewportSize(NARROW);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await shot(page, "version-hostile");
});
