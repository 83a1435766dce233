// The code on empty screens works as it is shown: MLflow's client runs it, and the screen then shows the result.
import type { Page } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { makeExperiment, sendTrace } from "./rest";
import { python, run } from "./server";

/** An experiment with one trace; quotes in its name must not break the code. */
async function experimentWithTrace(): Promise<string> {
  const experiment = await makeExperiment(SERVER(), `it's "first" ${Date.now()}-${Math.floor(Math.random() * 1e6)}`);
  await sendTrace(SERVER(), experiment, [{ name: "answer", attributes: { "mlflow.spanInputs": JSON.stringify({ question: "Where is it?" }), "mlflow.spanOutputs": '"Here."' } }]);
  return experiment;
}

/** Runs the code below a label, in a new Git repository. */
async function runShown(page: Page, label: string): Promise<void> {
  const code = await page.getByLabel(label, { exact: true }).innerText();
  expect(code).toContain(SERVER());
  const folder = mkdtempSync(join(tmpdir(), "kansoku-snippet-"));
  const git = (...args: string[]) => run("git", ["-C", folder, "-c", "user.name=Test", "-c", "user.email=test@example.com", ...args]);
  await git("init", "--quiet", "--initial-branch", "main");
  await git("commit", "--quiet", "--allow-empty", "--message", "First");
  await run(python(), ["-c", `import os\nos.chdir(${JSON.stringify(folder)})\n${code}`]);
  rmSync(folder, { recursive: true, force: true });
}

for (const [screen, heading, label, result] of [
  ["evaluations", "No evaluations yet", "Evaluate something", /mentions_topic/],
  ["datasets", "No datasets yet", "Create a dataset", /golden.*2/],
  ["review", "No review queues yet", "Create a review queue", /Answers about refunds.*0 of 1/],
  ["versions", "No versions yet", "Name the version before the application starts", /support-agent-v2/],
  ["versions", "No versions yet", "Or let every commit be a version, in the folder of a Git repository", /main[0-9a-f]{7}/],
] as const) {
  test(`${heading}: ${label}`, async ({ page }) => {
    test.setTimeout(120_000);
    const experiment = await experimentWithTrace();
    await page.goto(`/e/${experiment}/${screen}`);
    await expect(page.getByRole("heading", { name: heading })).toBeVisible();
    await runShown(page, label);
    await page.reload();
    await expect(page.getByRole("heading", { name: heading })).toBeHidden();
    await expect(page.getByRole("table").first()).toContainText(result);
    await expect(page.getByRole("table").first().locator("tbody tr")).toHaveCount(1);
  });
}

test("the code fits on a narrow screen", async ({ page }) => {
  const experiment = await experimentWithTrace();
  await page.setViewportSize(NARROW);
  for (const [screen, heading] of [["evaluations", "No evaluations yet"], ["datasets", "No datasets yet"], ["review", "No review queues yet"], ["versions", "No versions yet"]]) {
    await page.goto(`/e/${experiment}/${screen}`);
    await expect(page.getByRole("heading", { name: heading })).toBeVisible();
    await checkA11y(page);
    await shot(page, `first-${screen}`);
    expect(await page.locator("main").evaluate((main) => main.scrollWidth - main.clientWidth)).toBe(0);
  }
});
