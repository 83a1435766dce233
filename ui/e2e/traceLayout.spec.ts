// The layout of a trace: nothing is cut off at 1440 px, and the chosen width of the pane is kept.
import type { Locator, Page } from "@playwright/test";
import { checkA11y, expect, NARROW, shot, test } from "./kit";
import { newExperiment, sendTrace, support } from "./otlp";

let experiment: string;
let trace: string;
test.beforeAll(async () => {
  experiment = await newExperiment("layout");
  trace = await sendTrace(experiment, support({ fails: false }).map((span) => (span.model ? { ...span, attributes: { "mlflow.llm.cost": '{"input_cost": 0.0012, "output_cost": 0.0034, "total_cost": 0.0046}' } } : span)));
  await sendTrace(experiment, support());
});

const pane = (page: Page) => page.getByRole("region", { name: "Trace", exact: true });
const rows = (place: Page | Locator) => place.getByRole("tree", { name: /Spans of the trace/ }).getByRole("treeitem");

/** The names and figures of rows that do not fit into their columns. */
async function cutIn(place: Page | Locator): Promise<string[]> {
  await expect(rows(place).filter({ hasText: "ChatCompletion" })).toHaveCount(2);
  return rows(place).evaluateAll((elements) =>
    elements.flatMap((row) => [...row.querySelectorAll(".name, .waterfall-figure")]
      .filter((cell) => cell.clientWidth < cell.scrollWidth || (cell.textContent !== "" && cell.clientWidth === 0))
      .map((cell) => cell.textContent ?? "")));
}

test("at 1440 px the row of a model call is not cut off, on the trace page and in the pane", async ({ page }) => {
  await page.goto(`/t/${trace}`);
  expect(await cutIn(page)).toEqual([]);
  const row = rows(page).filter({ hasText: "ChatCompletion" }).last();
  await expect(row.locator(".waterfall-figure")).toHaveText(["2.9k", "$0.0046", "2.32 s"]);
  await shot(page, "layout-page");
  await page.goto(`/e/${experiment}/traces?t=${trace}`);
  expect(await cutIn(pane(page))).toEqual([]);
  await checkA11y(page);
  await shot(page, "layout-pane");
});

test("the pane takes half of the width, and shows either the tree or a span", async ({ page }) => {
  await page.goto(`/e/${experiment}/traces`);
  await page.getByRole("grid", { name: "Traces" }).locator("[data-trace]").first().locator('[data-column="time"]').click();
  const whole = (await page.locator(".traces-main").boundingBox())!.width;
  expect((await pane(page).boundingBox())!.width / whole).toBeCloseTo(0.5, 1);
  await expect(rows(pane(page))).toHaveCount(8);
  await expect(pane(page).getByRole("tab")).toHaveCount(0);
  // The error is shown above the tree.
  await expect(pane(page).getByRole("toolbar", { name: "Panel" })).toContainText("vector store timed out");
  await rows(pane(page)).filter({ hasText: "keyword_search" }).click();
  await expect(pane(page).getByRole("tab", { name: /Input/ })).toBeVisible();
  await expect(rows(pane(page))).toHaveCount(0);
  await expect(pane(page).getByText("Passage 1")).toBeVisible();
  await checkA11y(page);
  await shot(page, "layout-span");
  // Keys: Esc goes back to the tree, Enter to the span, j to the next row.
  await page.keyboard.press("Escape");
  await expect(rows(pane(page))).toHaveCount(8);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(pane(page).getByRole("heading", { name: "ChatCompletion" })).toBeVisible();
  await page.getByRole("toolbar", { name: "Panel" }).getByRole("button", { name: "Spans" }).click();
  await expect(rows(pane(page))).toHaveCount(8);
  await page.keyboard.press("Escape");
  await expect(pane(page)).toBeHidden();
});

test("full width is kept for the next trace and after a reload", async ({ page }) => {
  await page.goto(`/e/${experiment}/traces?t=${trace}`);
  await page.getByRole("button", { name: "Full width (F)" }).click();
  const whole = async () => (await page.locator(".traces-main").boundingBox())!.width;
  const width = async () => (await pane(page).boundingBox())!.width;
  expect(await width()).toBeCloseTo(await whole(), 0);
  // Both the tree and the span have room.
  await expect(rows(pane(page))).toHaveCount(8);
  await expect(pane(page).getByRole("tab", { name: /Input/ })).toBeVisible();
  await shot(page, "layout-full");
  await page.keyboard.press("Escape");
  await expect(pane(page)).toBeHidden();
  await page.reload();
  await page.getByRole("grid", { name: "Traces" }).locator("[data-trace]").first().locator('[data-column="time"]').click();
  await expect(pane(page)).toBeVisible();
  expect(await width()).toBeCloseTo(await whole(), 0);
  await expect(rows(pane(page))).toHaveCount(8);
  await page.keyboard.press("F");
  await expect.poll(async () => (await width()) / (await whole())).toBeCloseTo(0.5, 1);
});

test("the navigation can be collapsed to icons, which is remembered", async ({ page }) => {
  await page.goto(`/e/${experiment}/traces`);
  const rail = page.getByRole("navigation", { name: "Main navigation" });
  const width = async () => (await rail.boundingBox())!.width;
  expect(await width()).toBeGreaterThan(150);
  await rail.getByRole("button", { name: "Collapse the navigation" }).click();
  expect(await width()).toBeLessThan(60);
  await expect(rail.getByRole("link", { name: "Sessions" })).toBeVisible();
  await checkA11y(page);
  await shot(page, "layout-rail");
  await page.reload();
  await expect(rail.getByRole("button", { name: "Expand the navigation" })).toBeVisible();
  expect(await width()).toBeLessThan(60);
  await rail.getByRole("button", { name: "Expand the navigation" }).click();
  expect(await width()).toBeGreaterThan(150);
});

test("on a phone the pane shows either the tree or a span", async ({ page }) => {
  await page.setViewportSize(NARROW);
  await page.goto(`/e/${experiment}/traces?t=${trace}`);
  await expect(rows(pane(page)).first()).toBeVisible();
  // Columns without room are hidden, and the switch is not cut off.
  await expect(pane(page).locator(".of-cost", { hasText: "$" }).first()).toBeHidden();
  const panels = pane(page).getByRole("toolbar", { name: "Panel" }).locator(".segmented");
  expect(await panels.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
  await rows(pane(page)).filter({ hasText: "keyword_search" }).click();
  await expect(pane(page).getByText("Passage 1")).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await checkA11y(page);
  await shot(page, "layout-span");
});
