import type { Page } from "@playwright/test";
import { checkA11y, expect, NARROW, shot, test } from "./kit";
import { type TwoVersions, twoVersions } from "./twoVersions";

let given: TwoVersions;

test.beforeAll(async () => {
  given = await twoVersions(`compare ${Date.now()}`);
});

test("two versions can be compared by keys alone", async ({ page }) => {
  await page.goto(`/e/${given.id}/compare`);
  await expect(page.getByText("1.0 and 2.0")).toBeVisible();
  await tabTo(page, "Two newest versions");
  await page.keyboard.press("Enter");

  await expect(page.getByRole("combobox", { name: "Filter of A" })).toHaveValue(/1\.0/);
  await expect(page.getByRole("combobox", { name: "Filter of B" })).toHaveValue(/2\.0/);
  await expect(page.getByRole("row", { name: /^Traces/ })).toContainText("30");
  // The older version takes more than three seconds, the newer one less than two.
  const median = page.getByRole("row", { name: /^Duration, p50/ });
  await expect(median.getByRole("cell").nth(0)).toHaveText(/^3\.\d+ s$/);
  await expect(median.getByRole("cell").nth(1)).toHaveText(/^1\.\d+ s$/);
  await expect(page.getByRole("row", { name: /^correct/ })).toContainText("pass");

  await page.keyboard.press("s");
  await expect(page.getByRole("combobox", { name: "Filter of A" })).toHaveValue(/2\.0/);
  await expect(median.getByRole("cell").nth(0)).toHaveText(/^1\.\d+ s$/);

  await tabTo(page, "Duration as a table");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Duration, table" })).toBeVisible();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/traces\?.*execution_time/);
});

test("it opens on the two newest versions, with medians before means", async ({ page }) => {
  await page.goto(`/e/${given.id}/compare`);
  await expect(page.getByRole("combobox", { name: "Filter of A" })).toHaveValue("version = '1.0'");
  await expect(page.getByRole("combobox", { name: "Filter of B" })).toHaveValue("version = '2.0'");
  const names = await page.getByRole("region", { name: "Metrics" }).getByRole("rowheader").allInnerTexts();
  expect(names.filter((name) => /median|mean/.test(name))).toEqual([
    "Tokens per trace, median", "Tokens per trace, mean", "Cost per trace, median", "Cost per trace, mean",
  ]);
  await page.goBack();
  await expect(page).not.toHaveURL(/compare/);
});

test("a side can be chosen from a menu, by keys", async ({ page }) => {
  await page.goto(`/e/${given.id}/compare`);
  await expect(page.getByText("1.0 and 2.0")).toBeVisible();
  await tabTo(page, "Choose B");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menu", { name: "Choose B" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/qb=/);
});

test("two weeks of the same filter can be compared", async ({ page }) => {
  await page.goto(`/e/${given.id}/compare`);
  await expect(page.getByRole("heading", { name: "Compare" })).toBeVisible();
  await page.keyboard.press("w");
  await expect(page).toHaveURL(/fa=now-14d/);
  await expect(page.getByRole("button", { name: /^Time range of A/ })).toBeVisible();
  await expect(page.getByText("No traces match.")).toBeVisible();
});

test("a small number of ratings is pointed out", async ({ page }) => {
  const q = (version: string) => encodeURIComponent(`version = '${version}'`);
  await page.goto(`/e/${given.id}/compare?qa=${q("1.0")}&qb=${q("2.0")}&fa=all&fb=all`);
  await expect(page.getByRole("row", { name: /^relevance/ })).toContainText("10");
  await expect(page.getByRole("row", { name: /^relevance/ }).getByRole("cell").last()).toContainText("only 10 on one side");
});

for (const [width, size] of [["wide", { width: 1440, height: 900 }], ["narrow", NARROW]] as const) {
  test(`it looks and reads well, ${width}`, async ({ page }) => {
    await page.setViewportSize(size);
    await page.goto(`/e/${given.id}/compare`);
    await expect(page.getByText("1.0 and 2.0")).toBeVisible();
    await checkA11y(page);
    await page.keyboard.press("v");
    await expect(page.getByRole("row", { name: /^Traces/ })).toContainText("30");
    await checkA11y(page);
    await shot(page, "compare-sides");
    const beyond = await page.locator("main").evaluate((main) => main.scrollWidth - main.clientWidth);
    expect(beyond).toBe(0);
  });
}

/** Presses Tab until the control with this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const control = page.getByRole("button", { name });
  for (let presses = 0; presses < 80; presses++) {
    if (await control.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach “${name}”`);
}
