// The archive: its state in the settings, the choice of an experiment to be left out, and traces that are only there.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { checkA11y, expect, experimentId, NARROW, shot, test, traceIds } from "./kit";
import { call, makeExperiment, sendTrace } from "./rest";
import { startServer } from "./server";

const DAY_MS = 86_400_000;
/** A trace is archived when nothing has changed for ten seconds. */
const ARCHIVED = { timeout: 40_000 };

async function withArchive(use: (url: string, folder: string) => Promise<void>, page: Page): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "kansoku-archive-"));
  const server = await startServer(["--archive", `file://${folder}`, "--archive-every", "1s"]);
  try {
    await use(server.url, folder);
  } finally {
    // Leaves the page before the server stops: pending requests would fail.
    await page.goto("about:blank");
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

test("the archive is shown with its place, its size and what is kept of each experiment", async ({ page }) => {
  await withArchive(async (url, folder) => {
    const experiment = await makeExperiment(url, "support");
    await call(url, "/api/2.0/mlflow/experiments/set-experiment-tag", { experiment_id: experiment, key: "kansoku.retention.maxAge", value: "7d" });
    for (let n = 0; n < 3; n++) await sendTrace(url, experiment, [{ name: "ask" }, { name: "search" }]);
    await page.goto(`${url}/settings?tab=archive`);
    await expect(page.getByText(`file://${folder}`)).toBeVisible();
    const row = page.getByRole("row", { name: /support/ });
    await expect(row).toContainText("7 days hot, everything for good");
    await expect(row.getByRole("cell", { name: "experiment_1_…" })).toBeVisible(ARCHIVED);
    await expect(row.getByTitle("6")).toBeVisible();
    await expect(row.getByRole("cell", { name: "none" })).toBeVisible();
    await expect(page.getByText("✓ OK")).toBeVisible();
    await checkA11y(page);
    await shot(page, "settings-archive");
    await page.setViewportSize(NARROW);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
    await checkA11y(page);
    await shot(page, "settings-archive");
  }, page);
});

test("retention says what it frees and that the archive keeps it, and an experiment is excluded only after a warning", async ({ page }) => {
  await withArchive(async (url) => {
    const experiment = await makeExperiment(url, "kept");
    for (const days of [0, 5, 10]) await sendTrace(url, experiment, [{ name: "ask" }], { startMs: Date.now() - days * DAY_MS - 10_000 });
    await page.goto(`${url}/settings?tab=retention`);
    const row = page.getByRole("row", { name: /kept/ });
    await expect(row).toContainText("archived for good");
    await row.getByRole("button", { name: "Change retention of kept" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("No trace has expired under these limits.");
    await dialog.getByLabel("Maximum age of traces").fill("7d");
    await expect(dialog).toContainText(/1 of 3 traces has expired under these limits: about \d+ B of payload will leave the hot store and stay in the archive/);
    await checkA11y(page);
    await shot(page, "settings-retention-archive");

    const keep = dialog.getByRole("checkbox", { name: "Keep these traces in the archive for good" });
    await keep.uncheck();
    await expect(dialog).toContainText("will be deleted; only traces that are archived already stay in the archive.");
    await expect(dialog).toContainText("New traces will not be archived, and retention will delete them for good.");
    await checkA11y(page);
    await shot(page, "settings-retention-excluded");
    await dialog.getByLabel("Maximum age of traces").fill("");
    // Enter in a field saves, but not what has a warning.
    await page.keyboard.press("Enter");
    await expect(dialog).toBeVisible();
    await dialog.getByRole("button", { name: "Save and stop archiving" }).click();
    await expect(dialog).toBeHidden();
    await expect(row).toContainText("not archived");

    await page.getByRole("tab", { name: "Archive" }).click();
    await expect(page.getByRole("row", { name: /kept/ })).toContainText("excluded");
    const { experiments } = await call<{ experiments: { name: string; enabled: boolean }[] }>(url, "/api/3.0/kansoku/archive");
    expect(experiments.find(({ name }) => name === "kept")?.enabled).toBe(false);
  }, page);
});

test("without an archive, the settings say how to begin one", async ({ page }) => {
  await page.goto("/settings?tab=archive");
  await expect(page.getByRole("heading", { name: "This server has no archive" })).toBeVisible();
  await expect(page.getByText("--archive file:///")).toBeVisible();
  await checkA11y(page);
  await shot(page, "settings-archive-none");
});

test("a trace that is only in the archive is marked in the list and on its page", async ({ page }) => {
  const experiment = await experimentId("clients");
  const [archived] = await traceIds(experiment, "", 1);
  // Pretends that retention has deleted the newest trace, and that the rest of the search takes another request.
  await page.route(/experiments\/[^/]+\/traces\?/, async (route) => {
    if (new URL(route.request().url()).searchParams.has("page_token")) return;
    const response = await route.fetch();
    const list = (await response.json()) as { traces: { trace_id: string; request_time_ms: number }[] };
    const traces = list.traces.slice(0, 3).map((row) => ({ ...row, is_archived: row.trace_id === archived }));
    await route.fulfill({ response, json: { traces, next_page_token: "later", covered_from_ms: traces[2]!.request_time_ms } });
  });
  await page.route(new RegExp(`traces/${archived}/spans/tree`), async (route) => {
    const response = await route.fetch();
    const tree = (await response.json()) as { trace: object };
    await route.fulfill({ response, json: { ...tree, trace: { ...tree.trace, is_archived: true } } });
  });
  await page.goto(`/e/clients/traces`);
  const rows = page.getByRole("grid", { name: "Traces" }).locator("[data-trace]");
  await expect(rows).toHaveCount(3);
  await expect(rows.first().getByRole("img", { name: "Archived" })).toHaveAttribute("title", /read from the archive/);
  await expect(rows.nth(1).getByRole("img", { name: "Archived" })).toHaveCount(0);
  await expect(page.getByText(/^Searched back to .* \d+:\d\d$/)).toBeVisible();
  await checkA11y(page);
  await shot(page, "traces-archived");
  await page.goto(`/t/${archived}`);
  await expect(page.locator(".trace-top").getByText("Archived")).toHaveAttribute("title", /read from the archive/);
  await checkA11y(page);
  await shot(page, "trace-archived");
});
