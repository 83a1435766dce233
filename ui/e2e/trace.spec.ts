// The trace page: spans, their content, assessments, tags, exports and deletion.
import type { Page } from "@playwright/test";
import { readFile } from "node:fs/promises";
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { newExperiment, sendTrace, spanId, support } from "./otlp";

let experiment: string;
let failed: string;

test.beforeAll(async () => {
  experiment = await newExperiment("trace");
  failed = await sendTrace(experiment, support());
});

const rowsOf = (page: Page) => page.getByRole("tree", { name: /Spans of the trace/ });
const spansOf = (page: Page) => rowsOf(page).getByRole("treeitem");
const chosenOf = (page: Page) => rowsOf(page).getByRole("treeitem", { selected: true });

test("opens at the failure origin and shows its error", async ({ page }) => {
  await page.goto(`/t/${failed}`);
  await expect(chosenOf(page)).toHaveAccessibleName(/vector_search, RETRIEVER, 5.12 s, failed/);
  await expect(page.getByRole("note", { name: "Error" })).toContainText("vector store timed out after 5000 ms");
  await expect(page.getByText("▲ OK · 2 failed spans")).toBeVisible();
  await expect(page.getByText("critical path 9.41 s")).toBeVisible();
  await expect(page).toHaveTitle(/support_agent · 9.41 s/);
  await page.getByRole("button", { name: "Stack trace" }).click();
  await expect(page.getByLabel("Stack trace", { exact: true })).toContainText("agent.py, line 41");
  await shot(page, "trace-events");
  await page.getByRole("tab", { name: /Input/ }).click();
  await checkA11y(page);
  await shot(page, "trace");
});

test("shows a chat with the newest message in view, documents with scores, and the change of a prompt", async ({ page }) => {
  await page.goto(`/t/${failed}?s=${spanId(failed, 7)}`);
  const input = page.getByRole("region", { name: "Input" });
  await expect(input.getByText("nothing found")).toBeVisible();
  await expect(page.getByRole("region", { name: "Output" }).getByText("Fixing the 401")).toBeVisible();
  await expect(page.getByRole("link", { name: "the manual" })).toHaveAttribute("rel", "noopener noreferrer");
  await input.getByText(/messages? between/).click();
  await input.getByText("Earlier question about limits?").click();
  await expect(input.getByRole("article").filter({ hasText: "Earlier question" })).toBeVisible();
  await page.getByRole("button", { name: "New messages" }).click();
  await expect(page.getByText(/Since ChatCompletion/)).toContainText("1 message more");
  await checkA11y(page);
  await shot(page, "trace-chat");
  await page.goto(`/t/${failed}?s=${spanId(failed, 6)}`);
  await expect(page.getByText("Passage 1: rotating the secret")).toBeVisible();
  await expect(page.getByTitle("score", { exact: true }).first()).toHaveText("0.9");
  await shot(page, "trace-documents");
});

test("has every attribute, searchable, and the raw span", async ({ page }) => {
  await page.goto(`/t/${failed}?s=${spanId(failed, 0)}&tab=attributes`);
  await expect(page.getByRole("region", { name: "Custom" })).toContainText("app.region");
  await page.getByLabel("Search the attributes").fill("eu-west");
  await expect(page.getByRole("region", { name: "MLflow" })).toHaveCount(0);
  await page.getByLabel("Traces with this app.region").click();
  await expect(page).toHaveURL(/span\.attributes\.app\.region/);
  await page.goBack();
  await page.getByRole("tab", { name: "Raw" }).click();
  await page.getByLabel("Find in this JSON").fill("eu-west");
  await page.getByRole("button", { name: "Next", exact: true }).click();
  await expect(page.getByText("1 of")).toBeVisible();
  await checkA11y(page);
});

test("can be shown as transcript, table by name and flame chart", async ({ page }) => {
  await page.goto(`/t/${failed}?v=transcript`);
  await expect(page.getByRole("article", { name: /^Input/ })).toContainText("keeps returning 401");
  await expect(page.getByRole("article", { name: /^Tool search_docs/ })).toContainText("timed out");
  await expect(page.getByRole("article", { name: /guardrail/ })).toHaveCount(0);
  await checkA11y(page);
  await shot(page, "trace-transcript");
  await page.getByLabel("Hide intermediate steps").uncheck();
  await expect(page.getByRole("article", { name: /guardrail/ })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "By name" }).click();
  const row = page.getByRole("row", { name: /ChatCompletion/ });
  await expect(row).toContainText("3.3k");
  await checkA11y(page);
  await shot(page, "trace-by-name");
  await row.getByRole("button").click();
  await expect(page).toHaveURL(/name=ChatCompletion/);
  await expect(spansOf(page)).toHaveCount(4);
  await page.getByRole("button", { name: /show all spans/ }).click();
  await expect(spansOf(page)).toHaveCount(8);
  await page.getByRole("button", { name: "Flame" }).click();
  await expect(page.getByRole("img", { name: /8 spans/ })).toBeVisible();
  await checkA11y(page);
  await shot(page, "trace-flame");
});

test("can be searched and explored by keys alone", async ({ page }) => {
  await page.goto(`/t/${failed}`);
  const chosen = chosenOf(page);
  await expect(chosen).toHaveAccessibleName(/vector_search/);
  await page.keyboard.press("p");
  await expect(chosen).toHaveAccessibleName(/search_docs/);
  await page.keyboard.press("ArrowLeft");
  await expect(chosen).toHaveAccessibleName(/1 span inside/);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("e");
  await expect(chosen).toHaveAccessibleName(/vector_search/);
  await page.keyboard.press("m");
  await expect(chosen).toHaveAccessibleName(/ChatCompletion/);
  await page.keyboard.press("f");
  await page.keyboard.type("invalidates");
  await expect(page.getByRole("list", { name: "Matches" }).getByRole("listitem")).not.toHaveCount(0);
  await page.keyboard.press("Enter");
  await expect(chosen).toHaveAccessibleName(/keyword_search/);
  await expect(page.locator(".trace-right mark").first()).toHaveText(/invalidates/i);
  await checkA11y(page);
  await shot(page, "trace-find");
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("search")).toHaveCount(0);
  await page.keyboard.press(">");
  await expect(page).toHaveURL(/z=\d+-\d+/);
  await page.keyboard.press("0");
  await expect(page).not.toHaveURL(/z=/);
  await page.keyboard.press("A");
  await expect(page.getByRole("tab", { name: /Attributes/ })).toHaveAttribute("aria-selected", "true");
  // The view is in the address, so a reload shows the same.
  await page.reload();
  await expect(chosen).toHaveAccessibleName(/keyword_search/);
  await expect(page.getByRole("tab", { name: /Attributes/ })).toHaveAttribute("aria-selected", "true");
});

test("assessments are created, corrected and deleted, and an MLflow client reads them back", async ({ page }) => {
  const trace = await sendTrace(experiment, support());
  const stored = async () => {
    const answer = await fetch(`${SERVER()}/api/3.0/mlflow/traces/${trace}`);
    const { trace: found } = (await answer.json()) as { trace: { trace_info: { assessments?: { assessment_name: string; valid: boolean; feedback?: { value: unknown }; rationale?: string; expectation?: { value: unknown } }[] } } };
    return (found.trace_info.assessments ?? []).filter((it) => it.valid !== false);
  };
  await page.goto(`/t/${trace}`);
  await expect(chosenOf(page)).toBeVisible();
  await page.keyboard.press("+");
  await expect(page.getByText("Thumbs up saved as user_feedback")).toBeVisible();
  await expect.poll(stored).toMatchObject([{ assessment_name: "user_feedback", feedback: { value: true } }]);
  await page.keyboard.press("-");
  await expect.poll(stored).toMatchObject([{ feedback: { value: false } }]);
  await page.keyboard.press("#");
  await expect(page.getByLabel("Note", { exact: true })).toBeFocused();
  await page.keyboard.type("answers without the documents");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await stored()).map((it) => it.assessment_name).sort()).toEqual(["note", "user_feedback"]);
  await page.getByLabel("Rationale for user_feedback").fill("no source");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await stored()).find((it) => it.assessment_name === "user_feedback")?.rationale).toBe("no source");
  await checkA11y(page);
  await shot(page, "trace-assess");
  await page.getByRole("button", { name: "Delete note" }).click();
  await expect.poll(async () => (await stored()).length).toBe(1);
  await page.getByRole("button", { name: "Undo" }).last().click();
  await expect.poll(async () => (await stored()).length).toBe(2);
  await page.getByRole("tab", { name: /Input/ }).click();
  await page.keyboard.press("Home");
  await page.goto(`/t/${trace}?s=${spanId(trace, 0)}`);
  await page.getByRole("button", { name: "Use as expectation" }).click();
  await page.getByRole("button", { name: "Save expectation" }).click();
  await expect.poll(async () => (await stored()).find((it) => it.expectation)?.expectation?.value).toContain("The signing secret was **rotated**");
});

test("tags are edited in place", async ({ page }) => {
  const trace = await sendTrace(experiment, support());
  await page.goto(`/t/${trace}`);
  await page.getByRole("button", { name: "Tag", exact: true }).click();
  await page.getByLabel("Tag’s name").fill("triage");
  await page.getByLabel("Tag’s value").fill("search");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Change the tag triage" })).toHaveText("triage: search");
  await page.getByRole("button", { name: "Remove the tag triage" }).click();
  await expect(page.getByRole("button", { name: "Change the tag triage" })).toHaveCount(0);
});

test("can be exported as HTML without scripts and as OTLP, and deleted", async ({ page }) => {
  const trace = await sendTrace(experiment, support());
  await page.goto(`/t/${trace}`);
  const menu = async (item: RegExp) => {
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  const saved = async (item: RegExp) => {
    const download = page.waitForEvent("download");
    await menu(item);
    return readFile(await (await download).path(), "utf8");
  };
  const html = await saved(/HTML page/);
  expect(html).toContain("vector store timed out");
  expect(html).not.toContain("<script");
  expect(JSON.parse(await saved(/OTLP \(JSON\)/)).resourceSpans).toBeTruthy();
  await menu(/Delete/);
  await shot(page, "trace-delete");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`/e/${experiment}/traces`));
  await page.goto(`/t/${trace}`);
  await expect(page.getByRole("heading", { name: "Trace not found" })).toBeVisible();
  await checkA11y(page);
  await shot(page, "trace-missing");
});

test("names spans that arrived without their parents", async ({ page }) => {
  const trace = await sendTrace(experiment, [
    { name: "root", type: "AGENT", startMs: 0, durationMs: 100 },
    { name: "lost", type: "TOOL", startMs: 20, durationMs: 30, lost: true },
    { name: "lost too", type: "TOOL", startMs: 40, durationMs: 30, lost: true },
  ]);
  await page.goto(`/t/${trace}`);
  await expect(page.getByText("2 spans arrived without their parent")).toBeVisible();
  await expect(spansOf(page)).toHaveCount(3);
});

test("grows while spans arrive, and keeps the selected span", async ({ page }) => {
  const spans = support();
  const beginMs = Date.now() - 30_000;
  const trace = await sendTrace(experiment, spans.slice(0, 4), { beginMs });
  await page.goto(`/t/${trace}?s=${spanId(trace, 3)}`);
  await expect(spansOf(page)).toHaveCount(4);
  await sendTrace(experiment, spans, { beginMs, traceId: trace, first: 4 });
  await expect(spansOf(page)).toHaveCount(8);
  await expect(chosenOf(page)).toHaveAccessibleName(/ChatCompletion/);
});

test("links to the adjacent turns of its session", async ({ page }) => {
  const session = `s-${Date.now()}`;
  const ids: string[] = [];
  for (let turn = 0; turn < 3; turn++) ids.push(await sendTrace(experiment, support({ fails: false }), { session, beginMs: Date.now() - 60_000 * (4 - turn) }));
  await page.goto(`/t/${ids[1]}`);
  await expect(page.getByText("turn 2/3")).toBeVisible();
  await page.getByRole("link", { name: "Next turn" }).click();
  await expect(page).toHaveURL(new RegExp(ids[2]!));
  await expect(page.getByText("turn 3/3")).toBeVisible();
});

test("shows its panels below each other on a phone", async ({ page }) => {
  await page.setViewportSize(NARROW);
  await page.goto(`/t/${failed}`);
  await expect(chosenOf(page)).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await checkA11y(page);
  await shot(page, "trace");
});

test("ten traces of a list get a thumb each, by keys alone", async ({ page }) => {
  const own = await newExperiment("ten");
  for (let nth = 0; nth < 10; nth++) await sendTrace(own, support({ fails: nth % 2 === 0 }), { beginMs: Date.now() - 60_000 * (nth + 1) });
  await page.goto(`/e/${own}/traces`);
  await expect(page.getByRole("row").filter({ hasText: "webhook" })).toHaveCount(10);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  for (let nth = 0; nth < 10; nth++) {
    await expect(chosenOf(page)).toBeVisible();
    await page.keyboard.press(nth % 2 === 0 ? "-" : "+");
    const thumb = page.locator(".trace-labels .badge");
    await expect(thumb).toHaveCount(1);
    if (nth < 9) {
      const before = page.url();
      await page.keyboard.press("J");
      await expect(page).not.toHaveURL(before);
      await expect(thumb).toHaveCount(0);
    }
  }
  const counted = async () => {
    const answer = await fetch(`${SERVER()}/api/3.0/kansoku/experiments/${own}/traces?max_results=50`);
    const { traces } = (await answer.json()) as { traces: { assessments: { value: unknown }[] }[] };
    return traces.flatMap((trace) => trace.assessments).length;
  };
  await expect.poll(counted).toBe(10);
});
