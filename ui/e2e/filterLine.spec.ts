// The filter line rewrites free text into a filter, and keeps the list while a filter is invalid.
import type { Page } from "@playwright/test";
import { checkA11y, expect, SERVER, shot, test, traceIds } from "./kit";
import { newExperiment, sendTrace, support } from "./otlp";

const LIST = "/e/clients/traces";
const rows = (page: Page) => page.getByRole("grid", { name: "Traces" }).locator("[data-trace]");
const filter = (page: Page) => page.getByRole("combobox", { name: "Filter traces" });
const param = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

async function enter(page: Page, text: string): Promise<void> {
  await page.goto(LIST);
  await expect(rows(page)).toHaveCount(12);
  await filter(page).fill(text);
  await page.keyboard.press("Enter");
}

for (const [typed, meant, kept] of [
  ["status=ok", "status = 'OK'", 12],
  ["session:s-1 status=ok", "session = 's-1' AND status = 'OK'", 4],
  ["u-1", "user = 'u-1'", 12],
  ["error contains timed out", "error CONTAINS 'timed out'", 3],
  ["vector store", "'vector store'", 3],
] as const) {
  test(`${typed} is understood, and rewritten`, async ({ page }) => {
    await enter(page, typed);
    await expect(filter(page)).toHaveValue(meant);
    await expect(rows(page)).toHaveCount(kept);
    expect(param(page, "q")).toBe(meant);
  });
}

test("the id of a trace or of a session opens it", async ({ page }) => {
  const [id] = await traceIds("clients", "", 1);
  await enter(page, id!);
  await expect(page).toHaveURL(`${SERVER()}/t/${id}`);
  await enter(page, "s-1");
  await expect(page).toHaveURL(/\/e\/clients\/sessions\/s-1/);
});

test("an invalid filter keeps the list, is underlined, and can be repaired by a click", async ({ page }) => {
  await enter(page, "statsu = 'OK' AND session = 's-1'");
  await expect(page.locator(".filter-mirror .wrong")).toHaveText("statsu");
  await expect(rows(page)).toHaveCount(12);
  expect(param(page, "q")).toBeNull();
  await checkA11y(page);
  await shot(page, "filter-repairs");
  await page.getByRole("button", { name: "Write status" }).click();
  await expect(rows(page)).toHaveCount(4);
  expect(param(page, "q")).toBe("status = 'OK' AND session = 's-1'");
});

test("suggestions open on focus", async ({ page }) => {
  await page.goto(LIST);
  await expect(rows(page)).toHaveCount(12);
  await page.keyboard.press("/");
  await expect(page.getByRole("option").first()).toBeVisible();
});

test("a hit of a text search opens at the span that contains it, with the words marked", async ({ page }) => {
  const experiment = await newExperiment("hits");
  await sendTrace(experiment, support({ fails: false }));
  await page.goto(`/e/${experiment}/traces?q=${encodeURIComponent("'rotating the secret'")}`);
  await expect(rows(page)).toHaveCount(1);
  await rows(page).first().locator('[data-column="time"]').click();
  const pane = page.getByRole("region", { name: "Trace", exact: true });
  await expect(pane.getByRole("heading", { name: /vector_search|keyword_search/ })).toBeVisible();
  await expect(pane.locator("mark").first()).toHaveText(/rotating the secret/i);
  await shot(page, "search-hit");
});

test("preset views can be chosen, and the button names the current one", async ({ page }) => {
  await page.goto(LIST);
  await expect(rows(page)).toHaveCount(12);
  await page.getByRole("button", { name: "Views", exact: true }).click();
  await checkA11y(page);
  await shot(page, "preset-views");
  await page.getByRole("button", { name: "Slow", exact: true }).click();
  await expect(page.getByRole("columnheader", { name: "Duration" })).toHaveAttribute("aria-sort", "descending");
  await page.getByRole("button", { name: "Views: Slow" }).click();
  await page.getByRole("button", { name: "Errors", exact: true }).click();
  await expect(page.getByRole("button", { name: "Views: Errors" })).toBeVisible();
  expect([param(page, "q"), param(page, "sort")]).toEqual(["status = 'ERROR'", null]);
});
