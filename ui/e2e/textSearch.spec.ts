// A text search shows its progress and its first hits at once, and can be stopped.
import { checkA11y, expect, SERVER, shot, test } from "./kit";
import { makeExperiment, sendTrace } from "./rest";

const HOUR = 3_600_000;

test("a search shows its first hits and its progress before it ends, and can be stopped", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), `search-${Date.now()}`);
  const now = Date.now();
  for (const hours of [1, 60, 120]) {
    await sendTrace(SERVER(), experiment, [{ name: `ask ${hours}`, attributes: { "mlflow.spanInputs": '{"question": "a needle"}' } }], { startMs: now - hours * HOUR });
  }
  // Pretends that there are many traces, so that the search uses many windows.
  await page.route(/traces\/summary\?(?!.*[?&]q=)/, async (route) => {
    const response = await route.fetch();
    const summary = (await response.json()) as { buckets: { ok: number }[] };
    await route.fulfill({ response, json: { ...summary, buckets: summary.buckets.map((bucket) => ({ ...bucket, ok: 4000 })) } });
  });
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(/experiments\/[^/]+\/traces\?/, async (route) => {
    const url = new URL(route.request().url());
    if (Number(url.searchParams.get("to")) < now - 20 * HOUR) await released;
    await route.continue().catch(() => undefined);
  });
  try {
    await page.goto(`/e/${experiment}/traces?q=${encodeURIComponent("'needle'")}`);
    const rows = page.getByRole("grid", { name: "Traces" }).locator("[data-trace]");
    await expect(rows).toHaveCount(1);
    await expect(page.getByText(/^Searched back to .* \d+:\d\d, [\d.]+ %$/)).toBeVisible();
    await expect(page.getByText("1 match so far")).toBeVisible();
    const share = Number(await page.getByRole("progressbar", { name: "Search" }).getAttribute("value"));
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.5);
    await checkA11y(page);
    await shot(page, "text-search");

    await page.getByRole("button", { name: "Stop" }).click();
    release();
    await expect(page.getByRole("button", { name: "Continue" })).toBeVisible();
    await expect(rows).toHaveCount(1);
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(rows).toHaveCount(3);
    await expect(page.getByRole("progressbar", { name: "Search" })).toHaveCount(0);
  } finally {
    // The page cannot close while requests are held.
    release();
  }
});

test("count and histogram include every row that arrives live", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), `follow-${Date.now()}`);
  await sendTrace(SERVER(), experiment, [{ name: "first" }]);
  await page.goto(`/e/${experiment}/traces`);
  const summary = page.locator(".summary");
  await expect(summary).toContainText("1 trace");
  await page.mouse.move(5, 5);
  await sendTrace(SERVER(), experiment, [{ name: "second" }]);
  await expect(summary).toContainText("2 traces");
  // Arrives within the minimum interval between two refreshes.
  await sendTrace(SERVER(), experiment, [{ name: "third" }]);
  await expect(summary).toContainText("3 traces");
});
