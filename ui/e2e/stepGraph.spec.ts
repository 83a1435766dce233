import { checkA11y, expect, NARROW, shot, test } from "./kit";
import { type TwoVersions, twoVersions } from "./twoVersions";

let given: TwoVersions;

test.beforeAll(async () => {
  given = await twoVersions(`graph ${Date.now()}`);
});

test("nodes are steps, and each links to its traces", async ({ page }) => {
  await page.goto(`/e/${given.id}/steps`);
  await page.getByRole("tab", { name: "Graph" }).click();
  await expect(page).toHaveURL(/view=graph/);
  const graph = page.getByRole("region", { name: "Graph of steps" });
  await expect(graph.getByRole("link")).toHaveCount(4);
  const search = graph.getByRole("link", { name: /vector_search/ });
  await expect(search).toContainText("✕ 13 %");
  await search.click();
  await expect(page).toHaveURL(/\/traces\?q=span\.name/);
  await page.goBack();
  await expect(search).toBeVisible();
});

test("arrow keys move along edges, and screen readers announce the edges", async ({ page }) => {
  await page.goto(`/e/${given.id}/steps?view=graph`);
  const graph = page.getByRole("region", { name: "Graph of steps" });
  await graph.getByRole("link", { name: /support_agent/ }).focus();
  await expect(page.getByText("support_agent calls", { exact: false })).toBeAttached();
  await page.keyboard.press("ArrowDown");
  await expect(graph.getByRole("link", { name: /support_agent/ })).not.toBeFocused();
  await expect(graph.locator(":focus")).toHaveCount(1);
  await page.keyboard.press("ArrowUp");
  await expect(graph.locator(":focus")).toHaveCount(1);
});

test("the graph can be shown as a table", async ({ page }) => {
  await page.goto(`/e/${given.id}/steps?view=graph`);
  await page.getByRole("button", { name: "Graph as a table" }).click();
  const rows = page.getByRole("region", { name: "Graph of steps, table" }).getByRole("row");
  await expect(rows.filter({ hasText: "support_agent" }).first()).toContainText("60");
  await expect(rows.filter({ hasText: "is followed by" })).toHaveCount(2);
  await page.getByRole("button", { name: "Order", exact: true }).click();
  await expect(rows).toHaveCount(3);
});

test("a trace has its own graph, and a node selects its span", async ({ page }) => {
  await page.goto(`/e/${given.id}/traces`);
  await page.getByRole("row").nth(1).click();
  await page.goto(`${page.url()}&v=graph`);
  const graph = page.getByRole("region", { name: "Graph of steps" });
  await expect(graph.getByRole("button")).toHaveCount(4);
  await graph.getByRole("button", { name: /lookup_order/ }).click();
  await expect(page.getByRole("region", { name: "Selected span" })).toContainText("lookup_order");
  await page.getByRole("toolbar", { name: "Panel" }).getByRole("button", { name: "Spans" }).click();
  await expect(graph.getByRole("button", { name: /lookup_order/ })).toHaveAttribute("aria-pressed", "true");
});

for (const [width, size] of [["wide", { width: 1440, height: 900 }], ["narrow", NARROW]] as const) {
  test(`it looks and reads well, ${width}`, async ({ page }) => {
    await page.setViewportSize(size);
    await page.goto(`/e/${given.id}/steps?view=graph`);
    await expect(page.getByRole("region", { name: "Graph of steps" }).getByRole("link")).toHaveCount(4);
    await checkA11y(page);
    await shot(page, "steps-graph");
    const beyond = await page.locator("main").evaluate((main) => main.scrollWidth - main.clientWidth);
    expect(beyond).toBe(0);
  });
}
