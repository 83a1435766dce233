import { checkA11y, expect, NARROW, shot, test } from "./kit";
import { type TwoVersions, twoVersions } from "./twoVersions";

let given: TwoVersions;

test.beforeAll(async () => {
  given = await twoVersions(`quality ${Date.now()}`);
});

test("properties correlated with negative feedback are ranked, and open their traces", async ({ page }) => {
  await page.goto(`/e/${given.id}/quality?feedback=correct`);
  await expect(page.getByRole("heading", { name: "correct", level: 2 })).toBeVisible();
  // Of 45 rated: eight whose search failed, and four of the others.
  await expect(page.getByText("12 negative")).toBeVisible();
  const first = page.getByRole("region", { name: "Correlated with negative feedback" }).getByRole("row").nth(1);
  await expect(first).toContainText("the store timed out");
  await expect(first).toContainText("8 of 8");
  await first.getByRole("link", { name: "8", exact: true }).click();
  await expect(page.getByText("8 traces").first()).toBeVisible();
});

test("another feedback name, and another negative value", async ({ page }) => {
  await page.goto(`/e/${given.id}/quality`);
  await page.getByRole("button", { name: /^relevance/ }).click();
  await expect(page).toHaveURL(/feedback=relevance/);
  await page.getByRole("button", { name: /^correct/ }).click();
  await page.getByLabel("Negative value").selectOption("yes");
  await expect(page).toHaveURL(/bad=yes/);
  await expect(page.getByText("33 negative")).toBeVisible();
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
