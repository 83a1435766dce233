// Tasks of people who read a trace, from the list to the answer, and the accessibility of the screens involved.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, NARROW, setTheme, shot, test, THEMES } from "./kit";
import { newExperiment, sendTrace, support, type SentSpan } from "./otlp";

const pane = (page: Page) => page.getByRole("region", { name: "Trace", exact: true });
const list = (page: Page) => page.getByRole("grid", { name: "Traces" }).locator("[data-trace]");

test("the reason of a failure is found: the failed span, its error and its stack trace", async ({ page }) => {
  const experiment = await newExperiment("task failure");
  await sendTrace(experiment, support());
  await page.goto(`/e/${experiment}/traces`);
  await list(page).first().locator('[data-column="time"]').click();
  // The failed span and its error are shown without another click.
  await expect(pane(page).getByRole("toolbar", { name: "Panel" })).toContainText("vector_search: TimeoutError: vector store timed out");
  await expect(pane(page).getByRole("treeitem", { selected: true })).toHaveAccessibleName(/vector_search.*failed/);
  await pane(page).getByRole("button", { name: /vector_search: TimeoutError/ }).click();
  await expect(pane(page).getByRole("note", { name: "Error" })).toContainText("timed out after 5000 ms");
  await expect(pane(page).getByRole("region", { name: "Input" })).toContainText("webhook 401");
  await pane(page).getByRole("button", { name: "Stack trace" }).click();
  await expect(pane(page).getByLabel("Stack trace", { exact: true })).toContainText("agent.py, line 41");
  await shot(page, "task-failure");
});

test("a text in the output of a tool is found and shown in place", async ({ page }) => {
  const experiment = await newExperiment("task text");
  const spans: SentSpan[] = [
    { name: "agent", type: "AGENT", startMs: 0, durationMs: 900, inputs: { question: "How is order 4711?" }, outputs: { answer: "On its way." } },
    { name: "lookup_order", type: "TOOL", parent: 0, startMs: 10, durationMs: 50, inputs: { order: 4711 }, outputs: { note: `${"line\n".repeat(60)}carrier Hummingbird Freight\n${"line\n".repeat(60)}` } },
  ];
  for (const nth of [0, 1, 2]) await sendTrace(experiment, nth === 1 ? spans : support({ fails: false }));
  await page.goto(`/e/${experiment}/traces`);
  await expect(list(page)).toHaveCount(3);
  await page.keyboard.press("/");
  await page.keyboard.type('"hummingbird freight"');
  await page.keyboard.press("Enter");
  await expect(list(page)).toHaveCount(1);
  await list(page).first().locator('[data-column="time"]').click();
  await expect(pane(page).getByRole("heading", { name: "lookup_order" })).toBeVisible();
  const mark = pane(page).getByRole("region", { name: "Output" }).locator("mark");
  await expect(mark).toHaveText("Hummingbird Freight");
  await mark.scrollIntoViewIfNeeded();
  await expect(mark).toBeInViewport();
  await shot(page, "task-text");
});

for (const width of [1440, 1024, NARROW.width]) {
  test(`at ${width} px, a trace violates no accessibility rule, including best practices`, async ({ page }) => {
    test.slow();
    await page.setViewportSize({ width, height: width === NARROW.width ? NARROW.height : 900 });
    const experiment = await newExperiment("task a11y");
    const trace = await sendTrace(experiment, support(), { session: `s-${Date.now()}` });
    for (const [name, address] of Object.entries({
      page: `/t/${trace}`,
      attributes: `/t/${trace}?tab=attributes`,
      events: `/t/${trace}?tab=events`,
      assess: `/t/${trace}?tab=assessments`,
      transcript: `/t/${trace}?v=transcript`,
      pane: `/e/${experiment}/traces?t=${trace}`,
      span: `/e/${experiment}/traces?t=${trace}&panel=span`,
    })) {
      await page.goto(address);
      await expect(page.getByRole("heading", { name: "support_agent" })).toBeVisible();
      await expect(page.getByRole("treeitem").or(page.getByRole("tab")).or(page.getByRole("article")).first()).toBeVisible();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      for (const theme of THEMES) {
        await setTheme(page, theme);
        const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
        expect.soft(violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.html.slice(0, 200)).slice(0, 3).join(" | ")}`), `${name}, ${theme}`).toEqual([]);
      }
      await shot(page, `a11y-${name}`);
    }
  });
}
