// The list of runs, and the page of one run.
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { call, makeExperiment, sendTrace } from "./rest";

const unique = (name: string) => `${name}-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;

async function twoRuns(): Promise<{ experiment: string; runs: string[]; trace: string }> {
  const experiment = await makeExperiment(SERVER(), unique("runs"));
  const runs: string[] = [];
  for (const [at, relevance] of [0.61234, 0.9].entries()) {
    const { run } = await call<{ run: { info: { run_id: string } } }>(SERVER(), "/api/2.0/mlflow/runs/create", { experiment_id: experiment, run_name: `try-${at}`, start_time: Date.now() - 60_000 + at });
    const { run_id } = run.info;
    await call(SERVER(), "/api/2.0/mlflow/runs/log-batch", {
      run_id,
      params: [{ key: "model", value: at ? "gpt-4o" : "gpt-4o-mini" }],
      metrics: [{ key: "relevance/mean", value: relevance, timestamp: Date.now(), step: 0 }],
      tags: [{ key: "team", value: "search" }, { key: "mlflow.source.name", value: "eval.py" }],
    });
    await call(SERVER(), "/api/2.0/mlflow/runs/update", { run_id, status: at ? "FAILED" : "FINISHED", end_time: Date.now() });
    runs.push(run_id);
  }
  const trace = await sendTrace(SERVER(), experiment, [{ name: "ask", attributes: { "mlflow.spanInputs": '{"question": "In a run?"}' } }]);
  await sendTrace(SERVER(), experiment, [{ name: "ask", attributes: { "mlflow.spanInputs": '{"question": "In none?"}' } }]);
  await call(SERVER(), "/api/2.0/mlflow/traces/link-to-run", { trace_ids: [trace], run_id: runs[0] });
  return { experiment, runs, trace };
}

test("runs are listed with metrics, and can be sorted and filtered", async ({ page }) => {
  const { experiment } = await twoRuns();
  await page.goto(`/e/${experiment}/runs`);
  await expect(page.getByRole("row")).toHaveCount(3);
  await expect(page.getByRole("row", { name: /try-0/ })).toContainText("0.612");
  await expect(page.getByRole("row", { name: /try-1/ }).getByRole("img", { name: "failed" })).toBeVisible();
  await checkA11y(page);
  await shot(page, "runs");
  await page.getByRole("button", { name: "relevance/mean" }).click();
  await expect(page.getByRole("row").nth(1)).toContainText("try-1");
  await page.getByRole("button", { name: "relevance/mean" }).click();
  await expect(page.getByRole("row").nth(1)).toContainText("try-0");
  await page.keyboard.press("/");
  await page.keyboard.type("metrics.`relevance/mean` > 0.8");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("row")).toHaveCount(2);
  await page.getByRole("searchbox").fill("nonsense");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toBeVisible();
});

test("the page of a run shows only its traces, and its tags can be changed", async ({ page }) => {
  const { experiment, runs, trace } = await twoRuns();
  await page.goto(`/e/${experiment}/runs`);
  await expect(page.getByRole("link", { name: "try-0" })).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/runs/${runs[0]}`));
  await expect(page.getByRole("heading", { name: "try-0" })).toBeVisible();
  await expect(page.getByText("eval.py")).toBeVisible();
  await expect(page.getByRole("row", { name: /model/ })).toContainText("gpt-4o-mini");
  await expect(page.getByText("In a run?")).toBeVisible();
  await expect(page.getByText("In none?")).toBeHidden();
  await page.getByRole("button", { name: "History of relevance/mean" }).click();
  await expect(page.getByText("step 0")).toBeVisible();
  await checkA11y(page);
  await shot(page, "run");
  await page.getByLabel("Value of team").fill("support");
  await page.keyboard.press("Enter");
  await page.reload();
  await expect(page.getByLabel("Value of team")).toHaveValue("support");
  await page.setViewportSize(NARROW);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await checkA11y(page);
  await shot(page, "run");
  await page.getByRole("link", { name: "In a run?" }).click();
  await expect(page).toHaveURL(`${SERVER()}/t/${trace}`);
});

test("the empty list explains runs; a missing run is an error", async ({ page }) => {
  const name = unique("no runs");
  await makeExperiment(SERVER(), name);
  await page.goto(`/e/${encodeURIComponent(name)}/runs`);
  await expect(page.getByText("No runs yet")).toBeVisible();
  await checkA11y(page);
  await page.goto(`/e/${encodeURIComponent(name)}/runs/nobody`);
  await expect(page.getByText("Run not found")).toBeVisible();
});
