// Settings: appearance, ingest, retention and the server page.
import { checkA11y, expect, NARROW, shot, test } from "./kit";
import { call, makeExperiment, sendTrace } from "./rest";
import { startServer } from "./server";

test("theme, times and single keys are kept in the browser", async ({ page }) => {
  await page.goto("/settings");
  await page.getByRole("radio", { name: "Dark" }).check();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.getByRole("radio", { name: "High contrast" }).check();
  await page.getByRole("radio", { name: /^UTC/ }).check();
  await page.getByRole("checkbox", { name: /single-letter/i }).uncheck();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "contrast");
  await expect(page.getByRole("radio", { name: "High contrast" })).toBeChecked();
  await expect(page.getByRole("radio", { name: /^UTC/ })).toBeChecked();
  await expect(page.getByRole("checkbox", { name: /single-letter/i })).not.toBeChecked();
});

test("explains missing traces, and updates while traces arrive", async ({ page }) => {
  const server = await startServer();
  try {
    await page.goto(`${server.url}/settings?tab=ingest`);
    await expect(page.getByText("Nothing has arrived yet")).toBeVisible();
    await checkA11y(page);
    await shot(page, "settings-ingest-nothing");
    await fetch(`${server.url}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-mlflow-experiment-id": "99" },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174", name: "x", startTimeUnixNano: "1", endTimeUnixNano: "2" }] }] }] }),
    });
    await expect(page.getByText(/1 span rejected.*No Experiment with id=99/)).toBeVisible();
    await expect(page.getByRole("cell", { name: /No Experiment with id=99/ })).toBeVisible();
    const experiment = await makeExperiment(server.url, "elsewhere");
    await sendTrace(server.url, experiment, [{ name: "ask" }], { headers: { "user-agent": "test-client/1" } });
    await expect(page.getByText(/The newest trace.* is in experiment elsewhere/)).toBeVisible();
    await expect(page.getByRole("row", { name: /test-client\/1/ })).toBeVisible();
    await checkA11y(page);
    await shot(page, "settings-ingest");
    await page.setViewportSize(NARROW);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
    await checkA11y(page);
    await shot(page, "settings-ingest");
    await page.getByRole("link", { name: "Open", exact: true }).click();
    await expect(page).toHaveURL(new RegExp(`/e/${experiment}/traces`));
  } finally {
    // Leaves the page before the server stops: pending requests would fail.
    await page.goto("about:blank");
    await server.stop();
  }
});

test("the retention of an experiment is changed, and an invalid value is refused", async ({ page }) => {
  const server = await startServer();
  try {
    const experiment = await makeExperiment(server.url, "kept");
    await sendTrace(server.url, experiment, [{ name: "ask" }]);
    await page.goto(`${server.url}/settings?tab=retention`);
    const row = page.getByRole("row", { name: /kept/ });
    await expect(row).toContainText("everything");
    await checkA11y(page);
    await row.getByRole("button", { name: "Change retention of kept" }).click();
    const dialog = page.getByRole("dialog");
    await page.keyboard.type("soon");
    await page.keyboard.press("Enter");
    await expect(dialog.getByRole("alert")).toContainText("soon");
    await dialog.getByLabel("Maximum age of traces").fill("30d");
    await dialog.getByLabel("Maximum size of compressed payload").fill("10GB");
    await page.keyboard.press("Enter");
    await expect(dialog).toBeHidden();
    await expect(row).toContainText("30d");
    await shot(page, "settings-retention");
    const { retention } = await call<{ retention: { max_age_s: number; max_bytes: number } }>(server.url, `/api/3.0/kansoku/experiments/${experiment}/storage`);
    expect(retention).toMatchObject({ max_age_s: 30 * 86_400, max_bytes: 10_000_000_000 });
  } finally {
    // Leaves the page before the server stops: pending requests would fail.
    await page.goto("about:blank");
    await server.stop();
  }
});

test("shows version and health, and links to the API and metrics", async ({ page }) => {
  await page.goto("/settings?tab=server");
  await expect(page.getByText("✓ OK")).toBeVisible();
  await expect(page.getByText("3.17.2")).toBeVisible();
  await checkA11y(page);
  await shot(page, "settings-server");
  const metrics = await page.getByRole("link", { name: "Prometheus metrics" }).getAttribute("href");
  expect((await page.request.get(metrics!)).status()).toBe(200);
  await page.getByRole("link", { name: "API reference" }).click();
  await expect(page.getByRole("heading").first()).toBeVisible();
});

test("arrows change tabs, and the tab is in the address", async ({ page }) => {
  await page.goto("/settings");
  await page.getByRole("tab", { name: "Appearance" }).focus();
  await page.keyboard.press("ArrowLeft");
  await expect(page).toHaveURL(/tab=server/);
  await expect(page.getByRole("tab", { name: "Server" })).toBeFocused();
});
