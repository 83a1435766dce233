// Budgets of judges: set for one judge and for all, and what they used today.
import { checkA11y, expect, SERVER, shot, test } from "./kit";
import { newExperiment, sendTrace } from "./otlp";
import { call } from "./rest";

/** A judge of the demonstration's rules, which scores all traces. */
async function startJudge(id: string, name: string): Promise<void> {
  const judge = { name, is_session_level_scorer: false, instructions_judge_pydantic_data: { instructions: "Does {{ outputs }} help?", model: "demo:/rules" } };
  await call(SERVER(), "/api/3.0/mlflow/scorers/register", { experiment_id: id, name, serialized_scorer: JSON.stringify(judge) });
  const started = await fetch(`${SERVER()}/api/3.0/mlflow/scorers/online-config`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ experiment_id: id, name, sample_rate: 1 }),
  });
  expect(started.status).toBe(200);
}

test("a judge gets a budget by keys alone, and says when nothing is left", async ({ page }) => {
  const e = await newExperiment("budgets");
  await startJudge(e, "helpful");
  await sendTrace(e, [{ name: "agent", startMs: 0, durationMs: 20, outputs: "Here it is." }], { beginMs: Date.now() - 1000 });
  await page.goto(`/e/${e}/scorers/helpful`);
  await expect(page.getByText("No limit")).toBeVisible();
  await page.keyboard.press("b");
  const dialog = page.getByRole("dialog", { name: "Budget of helpful" });
  const calls = dialog.getByLabel("Calls of models a day");
  await expect(calls).toBeFocused();
  // The rules cost nothing, so a limit in dollars would be none.
  await expect(dialog.getByLabel("Dollars a day")).toBeDisabled();
  await page.keyboard.type("many");
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("Enter a whole number, or nothing for no limit")).toBeVisible();
  await checkA11y(page);
  await calls.fill("1");
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(page.getByText("1 call a day, 100 % used")).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText("The budget of today is used up: nothing is scored until midnight UTC")).toBeVisible();
  await expect(page.getByText("1 call", { exact: true })).toBeVisible();
  await checkA11y(page);
  await shot(page, "scorer-budget");
});

test("all judges have a budget together, which is removed again", async ({ page }) => {
  const e = await newExperiment("budgets of all");
  await startJudge(e, "helpful");
  await page.goto(`/e/${e}/scorers`);
  await expect(page.getByText("All judges today: –")).toBeVisible();
  await page.getByRole("button", { name: "Budget…" }).click();
  const dialog = page.getByRole("dialog", { name: "Budget of all judges" });
  await dialog.getByLabel("Calls of models a day").fill("1,000");
  await dialog.getByLabel("Dollars a day").fill("$2.50");
  await page.keyboard.press("Enter");
  await expect(page.getByText("1,000 calls or $2.50 a day, 0 % used")).toBeVisible();
  await checkA11y(page);
  await shot(page, "scorers-budget-of-all");
  await page.getByRole("button", { name: "Budget…" }).click();
  await dialog.getByLabel("Calls of models a day").fill("");
  await dialog.getByLabel("Dollars a day").fill("");
  await page.keyboard.press("Enter");
  await expect(page.getByText("No limit")).toBeVisible();
});
