// The scroll position of the trace list: only the user changes it, and Back restores it.
import type { Page } from "@playwright/test";
import { expect, SERVER, test } from "./kit";
import { call, makeExperiment, sendTrace } from "./rest";

const grid = (page: Page) => page.getByRole("grid", { name: "Traces" });
const rows = (page: Page) => grid(page).locator("[data-trace]");
const pane = (page: Page) => page.getByRole("region", { name: "Trace", exact: true });
const scrolled = (page: Page) => page.locator(".grid-scroll").evaluate((element) => element.scrollTop);

/** An experiment with enough traces to scroll. */
async function longList(name: string): Promise<string> {
  const experiment = await makeExperiment(SERVER(), `${name}-${Date.now()}-${Math.random()}`);
  const begin = Date.now() - 3_600_000;
  for (let nth = 0; nth < 90; nth++) await sendTrace(SERVER(), experiment, [{ name: `step ${nth}` }], { startMs: begin + nth * 1000 });
  return experiment;
}

/** Scrolls by the wheel and returns the row in the middle of the screen. */
async function wheel(page: Page) {
  await expect(rows(page).first()).toBeVisible();
  const box = (await grid(page).boundingBox())!;
  await page.mouse.move(box.x + 200, 500);
  await page.mouse.wheel(0, 1200);
  await expect.poll(() => scrolled(page)).toBe(1200);
  const name = await page.evaluate(() => document.elementFromPoint(300, 500)?.closest<HTMLElement>("[data-trace]")?.dataset.trace ?? "");
  return grid(page).locator(`[data-trace="${name}"]`);
}

for (const width of [1440, 1920]) {
  test(`at ${width} px, a click in a scrolled list opens the row, and the list stays where it is`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`/e/${await longList("click")}/traces`);
    const row = await wheel(page);
    const id = await row.getAttribute("data-trace");
    await page.mouse.click(300, 500);
    await expect(pane(page)).toBeVisible();
    expect(new URL(page.url()).searchParams.get("t")).toBe(id);
    expect(await scrolled(page)).toBe(1200);
    await page.goBack();
    await expect(pane(page)).toBeHidden();
    expect(await scrolled(page)).toBe(1200);
    await expect(grid(page)).toHaveAttribute("aria-activedescendant", new RegExp(id!));
  });
}

test("Back from another screen restores the scroll position, row and selection of the list", async ({ page }) => {
  await page.goto(`/e/${await longList("back")}/traces`);
  const row = await wheel(page);
  const id = await row.getAttribute("data-trace");
  await row.getByRole("checkbox").click();
  await expect(page.getByText("1 trace selected")).toBeVisible();
  await row.locator('[data-column="time"]').click();
  await expect(pane(page)).toBeVisible();
  // Follows a link to another screen, then goes back.
  await page.getByRole("navigation", { name: "Main navigation" }).getByRole("link", { name: "Runs" }).click();
  await expect(page.getByRole("heading", { name: "Runs", exact: true })).toBeVisible();
  await page.goBack();
  await expect(pane(page)).toBeVisible();
  await expect(page.getByText("1 trace selected")).toBeVisible();
  await page.goBack();
  await expect(pane(page)).toBeHidden();
  expect(await scrolled(page)).toBe(1200);
  await expect(row).toHaveAttribute("aria-selected", "true");
  await expect(grid(page)).toHaveAttribute("aria-activedescendant", new RegExp(id!));
});

test("Tab focuses the first visible row, and thumbs keys do nothing before a row is chosen", async ({ page }) => {
  const experiment = await longList("tab");
  await page.goto(`/e/${experiment}/traces`);
  await wheel(page);
  await page.getByRole("columnheader", { name: "Time" }).waitFor();
  await page.getByRole("group", { name: "Traces over time" }).focus();
  for (let step = 0; step < 4 && !(await grid(page).evaluate((element) => element === document.activeElement)); step++) await page.keyboard.press("Tab");
  await expect(grid(page)).toBeFocused();
  expect(await scrolled(page)).toBeGreaterThan(1100);
  await page.keyboard.press("-");
  await expect(page.getByText("Choose a trace first")).toBeVisible();
  const { traces } = await call<{ traces: unknown[] }>(SERVER(), `/api/3.0/kansoku/experiments/${experiment}/traces?${new URLSearchParams({ q: "feedback.user_feedback IS NOT NULL" })}`);
  expect(traces).toEqual([]);
  await page.keyboard.press("j");
  await page.keyboard.press("-");
  await expect(page.getByText("Thumbs down saved")).toBeVisible();
});
