// Every table can be sorted, and its numbers do not wrap.
import type { Locator, Page } from "@playwright/test";
import { expect, NARROW, SERVER, test } from "./kit";
import { call, makeExperiment, sendTrace } from "./rest";
import { type TwoVersions, twoVersions } from "./twoVersions";

let given: TwoVersions;

test.beforeAll(async () => {
  given = await twoVersions(`tables ${Date.now()}`);
});

const rowNames = (table: Locator) => table.getByRole("rowheader").allInnerTexts();
const sortBy = (table: Locator, title: string) => table.getByRole("button", { name: title, exact: true }).click();

async function everyNumberOnOneLine(page: Page): Promise<void> {
  const heights = await page.locator(".table td.num").evaluateAll((cells) => cells.map((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return new Set([...range.getClientRects()].filter(({ height }) => 2 < height).map(({ bottom }) => Math.round(bottom / 8))).size;
  }));
  expect(heights.length).toBeGreaterThan(0);
  expect(Math.max(...heights)).toBe(1);
}

test("models and groups of the overview can be sorted, and the address keeps the order", async ({ page }) => {
  await page.goto(`/e/${given.id}?by=version`);
  const models = page.getByRole("region", { name: "Models" });
  await expect(models.getByRole("row")).toHaveCount(3);
  expect(await rowNames(models)).toEqual(["slow-model", "quick-model"]);
  await sortBy(models, "Model");
  expect(await rowNames(models)).toEqual(["quick-model", "slow-model"]);
  await expect(models.getByRole("columnheader", { name: "Model" })).toHaveAttribute("aria-sort", "ascending");

  const groups = page.getByRole("region", { name: "By version", exact: true });
  await sortBy(groups, "p95");
  expect(await rowNames(groups)).toEqual(["1.0", "2.0"]);
  await sortBy(groups, "p95");
  expect(await rowNames(groups)).toEqual(["2.0", "1.0"]);
  await page.reload();
  await expect(groups.getByRole("row")).toHaveCount(3);
  expect(await rowNames(groups)).toEqual(["2.0", "1.0"]);
  await everyNumberOnOneLine(page);
  await page.setViewportSize(NARROW);
  await everyNumberOnOneLine(page);
});

test("groups of the trace list can be sorted, and keys move between their rows", async ({ page }) => {
  await page.goto(`/e/${given.id}/traces?group=version`);
  const groups = page.getByRole("region", { name: "Traces by version" });
  await expect(groups.getByRole("row")).toHaveCount(3);
  await sortBy(groups, "p95");
  expect(await rowNames(groups)).toEqual(["1.0", "2.0"]);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await expect(groups.getByRole("button", { name: "2.0" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/q=version/);
  await expect(page.getByText("30 traces").first()).toBeVisible();
});

test("sessions can be sorted by any number, have a time range, and show which are running", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), `sessions-sort-${Date.now()}`);
  const now = Date.now();
  const turn = (session: string, tookMs: number, agoMs: number) =>
    sendTrace(SERVER(), experiment, [{ name: "ask", tookMs, attributes: { "session.id": session } }], { startMs: now - agoMs });
  await turn("quick", 100, 10_000);
  await turn("slow", 9000, 60_000);
  await turn("old", 500, 9 * 86_400_000);
  await page.goto(`/e/${experiment}/sessions`);
  const sessions = page.getByRole("region", { name: "Sessions" });
  await expect(sessions.getByRole("row")).toHaveCount(3);
  expect(await rowNames(sessions)).toEqual(["✓\nquick", "✓\nslow"]);
  await sortBy(sessions, "Active");
  expect(await rowNames(sessions)).toEqual(["✓\nslow", "✓\nquick"]);
  await page.getByRole("button", { name: /^Time range/ }).click();
  await page.getByRole("button", { name: "All time" }).click();
  await expect(sessions.getByRole("row")).toHaveCount(4);
  await sortBy(sessions, "Session");
  expect(await rowNames(sessions)).toEqual(["✓\nold", "✓\nquick", "✓\nslow"]);

  // A child span whose root has not arrived: the trace is running.
  const id = (length: number) => Array.from({ length }, () => Math.floor(Math.random() * 16).toString(16)).join("");
  const start = (BigInt(now) * 1_000_000n).toString();
  const span = { traceId: id(32), spanId: id(16), parentSpanId: id(16), name: "step", startTimeUnixNano: start, endTimeUnixNano: start, attributes: [{ key: "session.id", value: { stringValue: "quick" } }] };
  await call(SERVER(), "/v1/traces", { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }, { "x-mlflow-experiment-id": experiment });
  await expect(sessions.getByRole("row", { name: /quick/ }).getByRole("img", { name: "running" })).toBeVisible();
});

test("runs can be sorted by duration", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), `runs-sort-${Date.now()}`);
  const now = Date.now();
  for (const [name, tookMs] of [["short", 1000], ["long", 90_000], ["middle", 5000]] as const) {
    const { run } = await call<{ run: { info: { run_id: string } } }>(SERVER(), "/api/2.0/mlflow/runs/create", { experiment_id: experiment, run_name: name, start_time: now - 100_000 });
    await call(SERVER(), "/api/2.0/mlflow/runs/update", { run_id: run.info.run_id, status: "FINISHED", end_time: now - 100_000 + tookMs });
  }
  await page.goto(`/e/${experiment}/runs`);
  const runs = page.getByRole("region", { name: "Runs" });
  await expect(runs.getByRole("row")).toHaveCount(4);
  await sortBy(runs, "Duration");
  expect((await rowNames(runs)).map((name) => name.split("\n").at(-1))).toEqual(["long", "middle", "short"]);
});

test("no change is shown if the previous period has fewer than twenty traces", async ({ page }) => {
  // The previous period has eight traces.
  await page.goto(`/e/${given.id}?from=now-24h`);
  const figures = page.getByRole("group", { name: "Metrics" });
  await expect(figures.getByText(/ per trace$/)).toBeVisible();
  await expect(figures.locator(".delta")).toHaveCount(0);
});
