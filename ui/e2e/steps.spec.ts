import { checkA11y, expect, NARROW, shot, test } from "./kit";
import { type TwoVersions, twoVersions } from "./twoVersions";

let given: TwoVersions;

test.beforeAll(async () => {
  given = await twoVersions(`steps ${Date.now()}`);
});

test("every step has metrics, and each number links to its traces", async ({ page }) => {
  await page.goto(`/e/${given.id}/steps`);
  const table = page.getByRole("region", { name: "Steps" });
  const search = table.getByRole("row", { name: /vector_search/ });
  await expect(search.getByRole("link", { name: "60", exact: true }).first()).toBeVisible();
  await expect(search).toContainText("400 ms");
  await search.getByRole("link", { name: "8 (13 %)" }).click();
  await expect(page).toHaveURL(/\/traces\?q=span\.name/);
  await expect(page.getByText("8 traces").first()).toBeVisible();
  await page.goBack();
  await expect(search).toBeVisible();
});

test("steps are sorted by critical path at first, and can be sorted by other columns", async ({ page }) => {
  await page.goto(`/e/${given.id}/steps`);
  const names = page.getByRole("region", { name: "Steps" }).getByRole("rowheader");
  await expect(names.first()).toContainText("ChatCompletion");
  await page.getByRole("button", { name: "Errors" }).click();
  await expect(page).toHaveURL(/sort_steps=-errors/);
  await expect(names.first()).toContainText("vector_search");
  await page.reload();
  await expect(names.first()).toContainText("vector_search");
});

test("steps can be broken down by a field", async ({ page }) => {
  await page.goto(`/e/${given.id}/steps`);
  await page.getByLabel("Split by").selectOption("version");
  await expect(page).toHaveURL(/by=version/);
  const chats = page.getByRole("region", { name: "Steps" }).getByRole("row", { name: /ChatCompletion/ });
  await expect(chats).toHaveCount(2);
  await expect(chats.filter({ hasText: "1.0" })).toContainText("30");
});

test("keys move between rows, and Enter opens their traces", async ({ page }) => {
  await page.goto(`/e/${given.id}/steps`);
  await expect(page.getByRole("rowheader").first()).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/traces\?q=span\.name/);
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await expect(page).toHaveURL(/\/steps/);
});

test("the overview has the steps as a tab", async ({ page }) => {
  await page.goto(`/e/${given.id}`);
  await page.getByRole("tab", { name: "Steps" }).click();
  await expect(page).toHaveURL(/tab=steps/);
  await expect(page.getByRole("region", { name: "Steps" }).getByRole("row", { name: /vector_search/ })).toBeVisible();
});

test("a comparison lists the steps that are slower or fail more often", async ({ page }) => {
  await page.goto(`/e/${given.id}/compare?qa=${encodeURIComponent("version = '1.0'")}&qb=${encodeURIComponent("version = '2.0'")}&tab=steps`);
  const table = page.getByRole("region", { name: "Steps of both sides" });
  const chat = table.getByRole("row", { name: /ChatCompletion/ });
  await expect(chat).toContainText("faster");
  await expect(chat).toContainText("cheaper");
  await expect(table.getByRole("row", { name: /vector_search/ })).toContainText("fails less often");
  await expect(table.getByRole("row", { name: /lookup_order/ })).toContainText("about the same");
});

test("an empty time range and an invalid filter are explained", async ({ page }) => {
  await page.goto(`/e/${given.id}/steps?from=1000000000000&to=1000000100000`);
  await expect(page.getByRole("heading", { name: "No traces in this time range" })).toBeVisible();
  await page.goto(`/e/${given.id}/steps?q=${encodeURIComponent("nonsense = 1")}`);
  await expect(page.getByRole("combobox", { name: "Filter traces" })).toHaveAttribute("aria-invalid", "true");
});

for (const [width, size] of [["wide", { width: 1440, height: 900 }], ["narrow", NARROW]] as const) {
  test(`it looks and reads well, ${width}`, async ({ page }) => {
    await page.setViewportSize(size);
    await page.goto(`/e/${given.id}/steps`);
    await expect(page.getByRole("rowheader").first()).toBeVisible();
    await checkA11y(page);
    await shot(page, "steps");
    const beyond = await page.locator("main").evaluate((main) => main.scrollWidth - main.clientWidth);
    expect(beyond).toBe(0);
  });
}
