import { checkA11y, expect, NARROW, shot, test } from "./kit";
import { type TwoVersions, twoVersions } from "./twoVersions";

let given: TwoVersions;

test.beforeAll(async () => {
  given = await twoVersions(`quality ${Date.now()}`);
});

test("properties correlated with negative feedback are ranked and link to their traces", async ({ page }) => {
  await page.goto(`/e/${given.id}/quality?feedback=correct`);
  await expect(page.getByRole("heading", { name: "correct", level: 2 })).toBeVisible();
  // 12 of 45 rated traces: eight with a failed search, and four others.
  await expect(page.getByText("12 negative")).toBeVisible();
  const first = page.getByRole("region", { name: "Correlated with negative feedback" }).getByRole("row").nth(1);
  await expect(first).toContainText("the store timed out");
  await expect(first).toContainText("8 of 8");
  await first.getByRole("link", { name: "8", exact: true }).click();
  await expect(page.getByText("8 traces").first()).toBeVisible();
});

test("the feedback name and its negative value can be changed", async ({ page }) => {
  // The test changes settings of the experiment, so it uses an experiment of its own.
  const own = await twoVersions(`quality, negative ${Date.now()}`);
  await page.goto(`/e/${own.id}/quality`);
  await page.getByRole("button", { name: /^relevance/ }).click();
  await expect(page).toHaveURL(/feedback=relevance/);
  // Until the other feedback is loaded, the button of the polarity begins with the name, too.
  await page.getByRole("button", { name: /^correct \d/ }).click();
  await page.getByLabel("Negative value").selectOption("yes");
  await expect(page.getByText("33 negative")).toBeVisible();
  // The setting is saved for the experiment, and applies to other screens, too.
  await page.reload();
  await expect(page.getByText("33 negative")).toBeVisible();
  await expect(page.getByLabel("Negative value")).toHaveValue("yes");
  await page.goto(`/e/${own.id}/traces?q=${encodeURIComponent("feedback.correct IS BAD")}`);
  await expect(page.getByText("33 traces").first()).toBeVisible();
});

test("only significant factors are listed, and factors of the same traces share a row", async ({ page }) => {
  await page.goto(`/e/${given.id}/quality?feedback=correct`);
  const factors = page.getByRole("region", { name: "Correlated with negative feedback" });
  await expect(factors.getByRole("row").nth(1)).toContainText("8 of 8");
  // Two of this user's nine rated traces are negative, which may be chance.
  await expect(factors.getByText("u-3", { exact: true })).toHaveCount(0);
  const listed = await factors.getByRole("row").count();
  await page.getByRole("button", { name: /more that may be chance/ }).click();
  await expect(factors.getByText("u-3", { exact: true })).toBeVisible();
  expect(await factors.getByRole("row").count()).toBeGreaterThan(listed);
  await expect(factors.getByText("may be chance").first()).toBeVisible();
  // The same traces share a model and a version: they are one row.
  const version = factors.getByRole("row").filter({ hasText: /slow-model|1\.0/ }).filter({ hasText: "same" }).first();
  await version.getByText(/^same \d+ traces: /).click();
  await expect(version).toContainText("slow-model");
  await expect(version).toContainText("1.0");
});

test("the most frequent answers of negative traces are listed, and each links to a trace", async ({ page }) => {
  await page.goto(`/e/${given.id}/quality?feedback=correct`);
  const answers = page.getByRole("region", { name: "Commonest negative answers" });
  await expect(answers.getByRole("listitem").first()).toContainText("On its way.");
  await answers.getByRole("link").first().click();
  await expect(page).toHaveURL(/\/t\/tr-/);
});

test("negative and positive traces can be compared", async ({ page }) => {
  await page.goto(`/e/${given.id}/quality?feedback=correct`);
  await page.getByRole("link", { name: "Compare negative with positive" }).click();
  await expect(page.getByRole("row", { name: /^Traces/ })).toContainText("12");
  await expect(page.getByRole("row", { name: /^Traces/ })).toContainText("33");
});

test("without feedback, it says how to give some", async ({ page }) => {
  await page.goto("/e/0/quality?from=all");
  await expect(page.getByRole("heading", { name: "No feedback yet" })).toBeVisible();
  await expect(page.getByLabel("Log feedback in Python", { exact: true })).toContainText("mlflow.log_feedback(");
  await checkA11y(page);
  await shot(page, "quality-empty");
});

for (const [width, size] of [["wide", { width: 1440, height: 900 }], ["narrow", NARROW]] as const) {
  test(`it looks and reads well, ${width}`, async ({ page }) => {
    await page.setViewportSize(size);
    await page.goto(`/e/${given.id}/quality?feedback=correct`);
    await expect(page.getByText("12 negative")).toBeVisible();
    await checkA11y(page);
    await shot(page, "quality");
    const beyond = await page.locator("main").evaluate((main) => main.scrollWidth - main.clientWidth);
    expect(beyond).toBe(0);
  });
}
