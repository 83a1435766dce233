// Alert rules: from a template to a firing alert, its traces, and mute.
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { newExperiment, sendTrace } from "./otlp";
import { call } from "./rest";

async function sendTraces(e: string, good: number, bad: number): Promise<void> {
  for (let n = 0; n < good + bad; n++) {
    await sendTrace(e, [{ name: "agent", startMs: 0, durationMs: 20, ...(n < bad && { error: "out of stock" }) }], { beginMs: Date.now() - 30_000 });
  }
}

test("a rule is made from a template by keys alone, fires, leads to its traces and is muted", async ({ page }) => {
  const e = await newExperiment("alerts");
  await sendTraces(e, 15, 10);
  await page.goto(`/e/${e}`);
  await page.keyboard.press("g");
  await page.keyboard.press("l");
  await expect(page.getByRole("heading", { name: "No alert rules yet" })).toBeVisible();
  await checkA11y(page);
  await shot(page, "alerts-empty");
  await page.getByRole("button", { name: /Error rate over 5 %/ }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "New alert rule" })).toBeVisible();
  // The errors are too new for a rule that waits for a minute.
  await expect(page.getByText("It would not have fired in the last 7 days.")).toBeVisible();
  await page.getByLabel("For at least").first().selectOption("at once");
  await expect(page.getByText(/It would have fired once in .*, and fires now/)).toBeVisible();
  await checkA11y(page);
  await shot(page, "alert-new");
  await page.keyboard.press("Control+Enter");
  // The second row is that of the alert.
  const row = page.getByRole("row", { name: /Error rate over 5 %/ }).first();
  await expect(row.getByText("Firing", { exact: true })).toBeVisible({ timeout: 45_000 });
  await expect(row.getByText("40 %")).toBeVisible();
  await expect(page.getByRole("navigation").getByTitle("1 rule firing")).toBeVisible();
  await checkA11y(page);
  await shot(page, "alerts-firing");

  await row.getByRole("button", { name: "Actions for Error rate over 5 %" }).click();
  await page.getByRole("menuitem", { name: "Mute for an hour" }).click();
  await expect(row.getByText("muted")).toBeVisible();
  await row.getByRole("button", { name: "Unmute" }).click();
  await expect(row.getByText("muted")).toBeHidden();
  await page.getByRole("region", { name: "Alerts so far" }).getByRole("link", { name: "Show" }).click();
  await expect(page.getByText("10 traces").first()).toBeVisible();
});

test("a rule is changed and deleted, and an impossible one says why", async ({ page }) => {
  const e = await newExperiment("alert rules");
  const settings = { name: "slow", signal: { type: "latency", percentile: 95 }, comparison: "above", threshold: 2000, window_s: 300 };
  await call(SERVER(), `/api/3.0/kansoku/experiments/${e}/alerts`, { settings });
  await page.setViewportSize(NARROW);
  await page.goto(`/e/${e}/alerts`);
  await page.getByRole("link", { name: "slow" }).click();
  await expect(page.getByLabel("Threshold (seconds)")).toHaveValue("2");
  await page.getByLabel("Threshold (seconds)").fill("soon");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Enter a number", { exact: true })).toBeVisible();
  await page.getByLabel("Threshold (seconds)").fill("1.5");
  await expect(page.getByText("There were too few traces for a value in the last 7 days.")).toBeVisible();
  await checkA11y(page);
  await shot(page, "alert-edit");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("row", { name: /slow/ }).getByText("No data")).toBeVisible({ timeout: 45_000 });
  await page.getByRole("button", { name: "Actions for slow" }).click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("heading", { name: "No alert rules yet" })).toBeVisible();
});
