import { checkA11y, expect, NARROW, SERVER, shot, test, traceIds } from "./kit";
import { call } from "./rest";
import { type TwoVersions, twoVersions } from "./twoVersions";

let given: TwoVersions;

test.beforeAll(async () => {
  given = await twoVersions(`overview ${Date.now()}`);
});

test("metrics add up, and each links to its traces", async ({ page }) => {
  await page.goto(`/e/${given.id}`);
  const figures = page.getByRole("group", { name: "Metrics" });
  await expect(figures.getByRole("link", { name: "60", exact: true })).toBeVisible();
  await expect(figures.getByRole("link", { name: "6.7 %" })).toBeVisible();
  await expect(figures).toContainText("4 errors · 8 recovered");
  await expect(figures).toContainText("5 users");

  await figures.getByRole("link", { name: "8 recovered" }).click();
  await expect(page).toHaveURL(/\/traces\?.*q=status/);
  await expect(page.getByText("8 traces").first()).toBeVisible();
});

test("tools and retrievers that fail most come first", async ({ page }) => {
  await page.goto(`/e/${given.id}`);
  const search = page.getByRole("region", { name: "Retrievers" }).getByRole("row", { name: /vector_search/ });
  await expect(search.getByRole("link", { name: "8 (13 %)" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Tools" }).getByRole("row", { name: /lookup_order/ })).toContainText("60");
  await expect(page.getByRole("region", { name: "Models" }).getByRole("row", { name: /slow-model/ })).toContainText("30");
});

test("the most frequent errors are listed and link to their traces", async ({ page }) => {
  await page.goto(`/e/${given.id}`);
  const errors = page.getByRole("region", { name: "Top errors" }).first();
  await expect(errors.getByRole("row").nth(1)).toContainText("the store timed out");
  await expect(errors.getByRole("row").nth(2)).toContainText("no such order");
  await errors.getByRole("link", { name: /no such order/ }).click();
  await expect(page.getByText("4 traces").first()).toBeVisible();
});

test("text feedback has no chart, and the logarithmic scale of durations is remembered", async ({ page }) => {
  const own = await twoVersions(`overview, notes ${Date.now()}`);
  const [trace] = await traceIds(own.id, "", 1);
  const source = { source_type: "HUMAN", source_id: "tester" };
  await call(SERVER(), `/api/3.0/mlflow/traces/${trace}/assessments`, { assessment: { assessment_name: "note", trace_id: trace, source, feedback: { value: "look at this again" } } });
  await page.goto(`/e/${own.id}`);
  await expect(page.getByRole("region", { name: "correct" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "note" })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "note (1)" })).toBeVisible();
  const log = page.getByRole("button", { name: "Duration: logarithmic scale" });
  await expect(log).toHaveAttribute("aria-pressed", "false");
  await log.click();
  await page.reload();
  await expect(log).toHaveAttribute("aria-pressed", "true");
  await shot(page, "overview-log");
});

test("no label of a time axis is cut at 390 px", async ({ page }) => {
  // Records how far each centred label reaches beyond its canvas.
  await page.addInitScript(() => {
    const beyond: number[] = [];
    Object.assign(window, { beyond });
    const fillText = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y, maxWidth) {
      if (this.textAlign === "center") beyond.push(x + this.measureText(text).width / 2 - this.canvas.width);
      fillText.call(this, text, x, y, maxWidth ?? Infinity);
    };
  });
  await page.setViewportSize(NARROW);
  // A day begins shortly before the end of the chart.
  const to = Math.floor(Date.now() / 86_400_000) * 86_400_000 + 3_600_000;
  await page.goto(`/e/${given.id}?from=${to - 2 * 86_400_000}&to=${to}`);
  await expect(page.locator(".plot .u-over").first()).toBeVisible();
  expect((await page.locator(".plot .u-over").first().boundingBox())!.width).toBeGreaterThan(200);
  const beyond = await page.evaluate(() => (window as unknown as { beyond: number[] }).beyond);
  expect(beyond.length).toBeGreaterThan(0);
  expect(Math.max(...beyond)).toBeLessThanOrEqual(0);
  expect(Math.max(...beyond)).toBeGreaterThan(-30);
});

test("dragging over a chart zooms the page, and Back returns", async ({ page }) => {
  await page.goto(`/e/${given.id}`);
  const canvas = page.locator(".u-over").first();
  const box = (await canvas.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.75, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 20, { steps: 4 });
  await page.mouse.up();
  await expect(page).toHaveURL(/from=\d+&to=\d+/);
  const figures = page.getByRole("group", { name: "Metrics" });
  await expect(figures.getByRole("link", { name: "60", exact: true })).toHaveCount(0);
  await page.goBack();
  await expect(figures.getByRole("link", { name: "60", exact: true })).toBeVisible();
});

test("a chart can be shown as a table whose rows link to their traces", async ({ page }) => {
  await page.goto(`/e/${given.id}`);
  await page.getByRole("button", { name: "Traces by outcome as a table" }).click();
  const rows = page.getByRole("region", { name: "Traces by outcome, table" }).getByRole("row");
  expect(await rows.count()).toBeGreaterThan(50);
  const full = rows.filter({ has: page.getByRole("cell", { name: /^[1-9]/ }) }).first();
  await full.getByRole("link").click();
  await expect(page).toHaveURL(/\/traces\?from=\d+&to=\d+/);
});

test("a breakdown by version has a group for each, and two groups can be compared", async ({ page }) => {
  await page.goto(`/e/${given.id}`);
  await page.getByLabel("Split by").selectOption("version");
  await expect(page).toHaveURL(/by=version/);
  await page.getByRole("checkbox", { name: "Compare 1.0" }).check();
  await page.getByRole("checkbox", { name: "Compare 2.0" }).check();
  await page.getByRole("link", { name: "Compare selected" }).click();
  await expect(page.getByRole("row", { name: /^Traces/ })).toContainText("30");
});

test("the mistake in an invalid filter is marked", async ({ page }) => {
  await page.goto(`/e/${given.id}?q=${encodeURIComponent("nonsense = 1")}`);
  await expect(page.getByRole("combobox", { name: "Filter traces" })).toHaveAttribute("aria-invalid", "true");
});

test("keys shift and widen the time range", async ({ page }) => {
  await page.goto(`/e/${given.id}?from=now-24h`);
  await expect(page.getByRole("group", { name: "Metrics" })).toBeVisible();
  await page.keyboard.press("[");
  await expect(page).toHaveURL(/from=\d+&to=\d+/);
  const before = new URL(page.url()).searchParams;
  expect(Number(before.get("to")) - Number(before.get("from"))).toBe(24 * 3_600_000);
  await page.keyboard.press("z");
  await expect(page).not.toHaveURL(new RegExp(`from=${before.get("from")}`));
});

test("an empty experiment and an empty time range are explained", async ({ page }) => {
  await page.goto(`/e/${given.id}?from=1000000000000&to=1000000100000`);
  await expect(page.getByRole("heading", { name: "No traces in this time range" })).toBeVisible();
  await page.getByRole("button", { name: "All time" }).click();
  await expect(page.getByRole("group", { name: "Metrics" })).toBeVisible();
  await page.goto("/e/0");
  await expect(page.getByRole("heading", { name: "This experiment has no traces yet" })).toBeVisible();
});

for (const [width, size] of [["wide", { width: 1440, height: 900 }], ["narrow", NARROW]] as const) {
  test(`it looks and reads well, ${width}`, async ({ page }) => {
    await page.setViewportSize(size);
    await page.goto(`/e/${given.id}?by=version`);
    await expect(page.locator(".u-over").first()).toBeVisible();
    await checkA11y(page);
    await shot(page, "overview");
    const beyond = await page.locator("main").evaluate((main) => main.scrollWidth - main.clientWidth);
    expect(beyond).toBe(0);
  });
}
