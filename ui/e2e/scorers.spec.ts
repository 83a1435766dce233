// Scorers: checks from the gallery with trials and versions, starting and stopping, and judges of a model.
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { newExperiment, sendTrace } from "./otlp";
import { call, makeExperiment, sendTrace as sendTo } from "./rest";
import { python, run, startServer } from "./server";

interface Scorer {
  name: string;
  version: number;
  sample_rate: number;
  filter: string | null;
  check: Record<string, unknown> | null;
}

const pathOf = (experiment: string) => `/api/3.0/kansoku/experiments/${experiment}/scorers`;
const scorers = async (experiment: string) => (await call<{ scorers: Scorer[] }>(SERVER(), pathOf(experiment))).scorers;
const newCheck = (experiment: string, name: string, check: Record<string, unknown>) => call(SERVER(), pathOf(experiment), { name, check });
const table = (page: Page) => page.getByRole("region", { name: "Scorers", exact: true });
const trial = (page: Page) => page.getByRole("region", { name: "Results of the trial" }).getByRole("row");

/** A trace that answers with this text. */
function answer(experiment: string, text: string, beginMs = Date.now() - 1000): Promise<string> {
  return sendTrace(experiment, [{ name: "agent", startMs: 0, durationMs: 20, inputs: { question: "Who are you?" }, outputs: text }], { beginMs });
}

test("a check is made, tried, started and stopped by keys alone, and writes feedback on a new trace", async ({ page }) => {
  test.slow();
  const e = await newExperiment("scorers");
  await answer(e, "As an AI, I cannot say.", Date.now() - 60_000);
  await answer(e, "I am the support team.", Date.now() - 30_000);
  await page.goto(`/e/${e}/quality`);
  await expect(page.getByRole("link", { name: "Scorers", exact: true })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("j");
  await expect(page.getByRole("heading", { name: "No scorers yet" })).toBeVisible();
  await checkA11y(page);
  await shot(page, "scorers-empty");

  await page.keyboard.press("n");
  await expect(page.getByRole("button", { name: /^Personal data/ })).toBeVisible();
  await checkA11y(page);
  await shot(page, "scorers-gallery");
  await page.getByRole("button", { name: /^Regular expression/ }).focus();
  await page.keyboard.press("j");
  await expect(page.getByRole("button", { name: /^Contains text/ })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/new=1&type=contains/);
  await expect(page.getByLabel("Name", { exact: true })).toBeFocused();
  // A mistake is shown, and has the focus.
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText("At least one is required")).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Text 1" })).toBeFocused();
  await page.keyboard.type("as an AI");
  await page.getByLabel("Require").press("n");
  await expect(page.getByLabel("Require")).toHaveValue("none");
  await page.getByLabel("Ignore case").press("Space");
  await page.keyboard.press("t");
  await expect(trial(page)).toHaveCount(3);
  await expect(trial(page).nth(1)).toContainText("✓ yes");
  await expect(trial(page).nth(2)).toContainText("✕ no");
  await expect(trial(page).nth(1).getByRole("link")).toHaveAttribute("href", /\/t\/tr-/);
  await checkA11y(page);
  await shot(page, "scorers-new-check");

  await page.getByLabel("Name", { exact: true }).fill("no robot talk");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("heading", { name: "no robot talk" })).toBeVisible();
  await expect(page.getByText("which scores traces from now on")).toBeVisible();
  expect(await scorers(e)).toMatchObject([{ name: "no robot talk", version: 1, sample_rate: 1, check: { type: "contains", texts: ["as an AI"], require: "none", ignore_case: true } }]);

  const trace = await answer(e, "As an AI language model, no.");
  await page.keyboard.press("Escape");
  await expect(table(page).getByRole("row", { name: /no robot talk/ })).toContainText("100 %");
  await checkA11y(page);
  await shot(page, "scorers");
  // The name leads to the scored traces.
  await expect.poll(async () => {
    const { trace: found } = await call<{ trace: { trace_info: { assessments?: { assessment_name: string; feedback: { value: unknown } }[] } } }>(SERVER(), `/api/3.0/mlflow/traces/${trace}`);
    return found.trace_info.assessments?.map(({ assessment_name, feedback }) => [assessment_name, feedback.value]);
  }, { timeout: 20_000 }).toEqual([["no robot talk", "no"]]);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/traces\?q=feedback/);
  await expect(page.getByRole("grid").getByRole("row").filter({ has: page.getByRole("gridcell") })).toHaveCount(1);
  await page.goBack();

  await page.keyboard.press("j");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Stopped no robot talk")).toBeVisible();
  await expect(table(page).getByRole("row", { name: /no robot talk/ })).toContainText("Stopped");
  expect((await scorers(e))[0]!.sample_rate).toBe(0);
  await page.getByRole("button", { name: "Undo" }).press("Enter");
  await expect(table(page).getByRole("row", { name: /no robot talk/ })).toContainText("100 %");
});

test("sampling and filter are changed with completion and a count, and a mistake is not lost", async ({ page }) => {
  const e = await newExperiment("scorers");
  await answer(e, "one");
  await answer(e, "two");
  await newCheck(e, "short", { type: "length", max: 500 });
  await page.goto(`/e/${e}/scorers`);
  await expect(table(page).getByRole("row", { name: /short/ })).toContainText("Stopped");
  await page.keyboard.press("j");
  await page.keyboard.press("s");
  const dialog = page.getByRole("dialog", { name: "Start short" });
  await expect(dialog.getByRole("status")).toHaveText("2 traces of the last 24 hours.");
  await dialog.getByLabel("Share of new traces").fill("50");
  await expect(dialog.getByRole("status")).toHaveText("2 traces of the last 24 hours; 50 % of them are about 1.");
  const filter = dialog.getByRole("combobox", { name: "Filter of the scored traces" });
  await filter.fill("status = ");
  await expect(dialog.getByRole("option", { name: /'OK'/ })).toBeVisible();
  await filter.press("ArrowDown");
  await filter.press("Tab");
  await expect(filter).toHaveValue(/status = 'OK'/);
  await expect(dialog.getByRole("status")).toContainText("2 traces of the last 24 hours match");
  await checkA11y(page);
  await shot(page, "scorers-sampling");
  await filter.fill("status = = 'OK'");
  await filter.press("Escape");
  await filter.press("Escape");
  await page.keyboard.press("Escape");
  await expect(dialog.getByText("Discard what you typed?")).toBeVisible();
  await dialog.getByRole("button", { name: "Keep editing" }).press("Enter");
  await dialog.getByRole("button", { name: "Start", exact: true }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await expect(filter).toHaveValue("status = = 'OK'");
  await filter.fill("status = 'OK'");
  await filter.press("Escape");
  await filter.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(table(page).getByRole("row", { name: /short/ })).toContainText("50 %");
  expect(await scorers(e)).toMatchObject([{ sample_rate: 0.5, filter: "status = 'OK'" }]);
});

test("a changed check is tried beside the saved version, and saved as a new one", async ({ page }) => {
  const e = await newExperiment("scorers");
  await answer(e, "a short answer", Date.now() - 60_000);
  await answer(e, "a much longer answer than the other one", Date.now() - 30_000);
  await newCheck(e, "short", { type: "length", max: 500 });
  await page.goto(`/e/${e}/scorers/short`);
  await page.getByLabel("Max (optional)").fill("-1");
  await page.getByRole("button", { name: "Try on the five newest traces" }).click();
  await expect(page.getByText("Enter a number of 0 or more")).toBeVisible();
  await expect(page.getByLabel("Max (optional)")).toBeFocused();
  await page.getByLabel("Max (optional)").fill("20");
  await page.getByRole("button", { name: "Try on the five newest traces" }).click();
  await expect(page.getByText("1 of 2 results differ from the saved version.")).toBeVisible();
  await expect(trial(page).nth(1)).toContainText("✓ yes✕ no");
  await checkA11y(page);
  await shot(page, "scorers-version");
  // Another page is opened only after a question.
  await page.getByRole("link", { name: "← Scorers" }).click();
  await page.getByRole("button", { name: "Stay" }).click();
  await expect(page.getByLabel("Max (optional)")).toHaveValue("20");
  await page.route("**/scorers", (route) => (route.request().method() === "POST" ? route.fulfill({ status: 429, json: { error_code: "RESOURCE_EXHAUSTED", message: "too many writes are waiting" } }) : route.continue()), { times: 1 });
  await page.getByLabel("Max (optional)").press("Control+Enter");
  await expect(page.getByRole("alert")).toContainText("too many writes are waiting");
  await expect(page.getByLabel("Max (optional)")).toHaveValue("20");
  await page.unroute("**/scorers");
  await page.getByLabel("Max (optional)").press("Control+Enter");
  await expect(page.getByText("Saved version 2 of short")).toBeVisible();
  expect(await scorers(e)).toMatchObject([{ version: 2, check: { type: "length", max: 20 } }]);
});

test("what was typed for a new check stays while other pages of the screen are shown", async ({ page }) => {
  const e = await newExperiment("scorers");
  await page.goto(`/e/${e}/scorers?new=1&type=regex`);
  await page.getByLabel("Pattern").fill("order [0-9");
  await page.keyboard.press("Escape");
  await expect(page.getByLabel("Pattern")).toHaveValue("order [0-9");
  await page.getByRole("button", { name: "Create and start" }).click();
  await expect(page.getByRole("alert")).toContainText("not a regular expression");
  await page.getByRole("button", { name: "← Types of checks" }).click();
  await page.getByRole("button", { name: "← Scorers" }).click();
  await expect(page.getByText("A new check is not saved.")).toBeVisible();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: /^Regular expression/ }).click();
  await expect(page.getByLabel("Pattern")).toHaveValue("order [0-9");
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(page.getByLabel("Pattern")).toHaveValue("");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByLabel("Pattern")).toHaveValue("order [0-9");
  expect(await scorers(e)).toEqual([]);
});

test("every type of check has a form that the server understands", async ({ page }) => {
  test.slow();
  const e = await newExperiment("scorers");
  await answer(e, "one");
  await page.goto(`/e/${e}/scorers?new=1`);
  await expect(page.getByRole("list", { name: "Types of checks" })).toBeVisible();
  const titles = await page.getByRole("list", { name: "Types of checks" }).locator("b").allTextContents();
  expect(titles.length).toBeGreaterThan(10);
  const required: Record<string, [string, string]> = { "Regular expression": ["Pattern", "one"], "Contains text": ["Text 1", "one"], Language: ["Text 1", "en"] };
  for (const title of titles) {
    await page.getByRole("list", { name: "Types of checks" }).getByText(title, { exact: true }).click();
    await expect(page.getByRole("heading", { name: `New check: ${title}` })).toBeVisible();
    const field = required[title];
    if (field) await page.getByRole("textbox", { name: field[0], exact: true }).fill(field[1]);
    await page.getByRole("button", { name: "Try on the five newest traces" }).click();
    await expect(trial(page)).toHaveCount(2);
    await page.getByRole("button", { name: "← Types of checks" }).click();
  }
});

test("scorers are found and deleted, and a missing one is told", async ({ page }) => {
  const e = await newExperiment("scorers");
  await newCheck(e, "one", { type: "pii", max: 0 });
  await newCheck(e, "two", { type: "latency", max_ms: 10 });
  await page.goto(`/e/${e}/scorers`);
  await expect(table(page).getByRole("row")).toHaveCount(3);
  await page.keyboard.press("/");
  await page.keyboard.type("TW");
  await expect(table(page).getByRole("row")).toHaveCount(2);
  await page.keyboard.press("Enter");
  await page.keyboard.press("o");
  await expect(page.getByRole("heading", { name: "two", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Delete…" }).press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).press("Enter");
  await expect(page.getByText("Deleted the scorer two")).toBeVisible();
  await expect(table(page).getByRole("row")).toHaveCount(2);
  expect((await scorers(e)).map(({ name }) => name)).toEqual(["one"]);
  await page.goto(`/e/${e}/scorers/two`);
  await expect(page.getByRole("heading", { name: "Scorer not found" })).toBeVisible();
  await checkA11y(page);
});

test("names are shown as text, whatever they contain", async ({ page }) => {
  const e = await newExperiment("scorers");
  const name = "a/b %2F <b>`bold`</b> ?x#y";
  await newCheck(e, name, { type: "pii", max: 0 });
  await page.goto(`/e/${e}/scorers`);
  await page.getByRole("link", { name: `Open ${name}` }).click();
  await expect(page.getByRole("heading", { name, exact: true })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name, exact: true })).toBeVisible();
  await page.getByRole("link", { name: "Traces with its feedback" }).click();
  await expect(page.getByRole("combobox", { name: "Filter traces" })).toHaveValue(`feedback."${name}" IS NOT NULL`);
  await expect(page.getByRole("combobox", { name: "Filter traces" })).toHaveAttribute("aria-invalid", "false");
});

test("on a narrow screen, nothing is wider than the page", async ({ page }) => {
  const e = await newExperiment("scorers");
  await answer(e, "one");
  await newCheck(e, "no personal data", { type: "pii", max: 0 });
  await page.setViewportSize(NARROW);
  for (const [path, shown, name] of [["", "Scorers", "scorers"], ["?new=1", "New check", "scorers-gallery"], ["?new=1&type=pii", "New check: Personal data", "scorers-new-check"], ["/no%20personal%20data", "no personal data", "scorers-check"]] as const) {
    await page.goto(`/e/${e}/scorers${path}`);
    await expect(page.getByRole("heading", { name: shown, exact: true })).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
    await checkA11y(page);
    await shot(page, name);
  }
});

test("the code of the screen registers a judge, which is shown with its model, tried, stopped and started", async ({ page }, info) => {
  test.slow();
  const model = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    const message = { role: "assistant", content: JSON.stringify({ rationale: "It is polite.", result: true }) };
    response.end(JSON.stringify({ id: "1", object: "chat.completion", model: "small", choices: [{ index: 0, message, finish_reason: "stop" }], usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } }));
  });
  await new Promise<void>((ready) => model.listen(0, "127.0.0.1", ready));
  const config = info.outputPath("kansoku.toml");
  writeFileSync(config, `judge_model = "gateway:/local"\n[endpoints.local]\nprovider = "openai-compatible"\nmodel = "small"\nbase_url = "http://127.0.0.1:${(model.address() as AddressInfo).port}/v1"\n`);
  const server = await startServer(["--config", config]);
  try {
    const e = await makeExperiment(server.url, "judged");
    await sendTo(server.url, e, [{ name: "agent", attributes: { "mlflow.spanInputs": '"Hello?"', "mlflow.spanOutputs": '"Good morning!"' } }]);
    await page.goto(`${server.url}/e/${e}/scorers`);
    await expect(page.getByRole("region", { name: "Models of judges" })).toContainText("small, openai-compatible");
    await page.getByText("Register a judge", { exact: true }).click();
    const code = await page.locator("pre").filter({ hasText: "make_judge(" }).textContent();
    await run(python(), ["-c", code!]);
    await page.keyboard.press("r");
    await expect(table(page).getByRole("row", { name: /tone/ })).toContainText("gateway:/local");
    await expect(table(page).getByRole("row", { name: /tone/ })).toContainText("50 %");
    await checkA11y(page);
    await page.keyboard.press("j");
    await page.keyboard.press("o");
    await expect(page.getByRole("heading", { name: "tone", exact: true })).toBeVisible();
    await expect(page.getByRole("button", { name: "Try on the five newest traces" })).toBeEnabled();
    await page.keyboard.press("t");
    await expect(trial(page).nth(1)).toContainText("✓ yes");
    await expect(trial(page).nth(1)).toContainText("It is polite.");
    await checkA11y(page);
    await shot(page, "scorers-judge");
    await page.getByRole("button", { name: "Stop" }).press("Enter");
    await expect(page.getByText("Stopped", { exact: true })).toBeVisible();
    await page.keyboard.press("s");
    await expect(page.getByLabel("Share of new traces")).toHaveValue("10");
    await page.getByRole("button", { name: "Start", exact: true }).press("Enter");
    await expect(page.getByText("tone is started")).toBeVisible();
    await expect(page.getByText("10 %", { exact: true })).toBeVisible();
  } finally {
    await server.stop();
    model.close();
  }
});
