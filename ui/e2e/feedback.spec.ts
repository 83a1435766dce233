// Thumbs are the same on every screen. The polarity of a feedback decides whether `yes` is good or bad.
import type { Page } from "@playwright/test";
import { checkA11y, expect, SERVER, shot, test } from "./kit";
import { call, makeExperiment, sendTrace } from "./rest";

interface Stored {
  assessment_name: string;
  valid?: boolean;
  source: { source_id: string };
  feedback: { value: unknown };
}

const rows = (page: Page) => page.getByRole("grid", { name: "Traces" }).locator("[data-trace]");
const badges = (page: Page) => rows(page).first().locator('[data-column="assessments"] .badge');
const unique = (name: string) => `${name}-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;

async function stored(trace: string): Promise<(readonly [string, string, unknown])[]> {
  const { trace: found } = await call<{ trace: { trace_info: { assessments?: Stored[] } } }>(SERVER(), `/api/3.0/mlflow/traces/${trace}`);
  return (found.trace_info.assessments ?? []).filter((it) => it.valid !== false).map((it) => [it.assessment_name, it.source.source_id, it.feedback.value] as const);
}

async function judge(trace: string, name: string, feedback: object): Promise<void> {
  await call(SERVER(), `/api/3.0/mlflow/traces/${trace}/assessments`, {
    assessment: { assessment_name: name, source: { source_type: "LLM_JUDGE", source_id: "gpt" }, feedback },
  });
}

test("list, trace and session show the same thumb, and each can change and delete it", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("thumbs"));
  const trace = await sendTrace(SERVER(), experiment, [{ name: "ask", attributes: { "session.id": "s-1" } }]);
  await page.goto(`/e/${experiment}/traces`);
  await expect(rows(page)).toHaveCount(1);
  await page.keyboard.press("j");
  await page.keyboard.press("-");
  await expect(badges(page)).toHaveClass(/error/);
  expect(await stored(trace)).toEqual([["user_feedback", "default", false]]);
  // The same key again deletes the feedback; no second one is created.
  await page.keyboard.press("-");
  await expect(badges(page)).toHaveCount(0);
  await page.keyboard.press("-");
  await expect(badges(page)).toHaveCount(1);
  expect(await stored(trace)).toEqual([["user_feedback", "default", false]]);

  await page.goto(`/t/${trace}?tab=assessments`);
  const up = page.getByRole("button", { name: "user_feedback: true" });
  const down = page.getByRole("button", { name: "user_feedback: false" });
  await expect(down).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("+");
  await expect(up).toHaveAttribute("aria-pressed", "true");
  expect(await stored(trace)).toEqual([["user_feedback", "default", true]]);

  await page.goto(`/e/${experiment}/sessions/s-1`);
  const turn = page.getByRole("group", { name: "Thumbs for turn 1" });
  await expect(turn.getByRole("button", { name: "Thumbs up" })).toHaveAttribute("aria-pressed", "true");
  await turn.getByRole("button", { name: "Thumbs down" }).click();
  await expect(turn.getByRole("button", { name: "Thumbs down" })).toHaveAttribute("aria-pressed", "true");
  expect(await stored(trace)).toEqual([["user_feedback", "default", false]]);
  await turn.getByRole("button", { name: "Thumbs down" }).click();
  await expect(turn.getByRole("button", { name: "Thumbs down" })).toHaveAttribute("aria-pressed", "false");
  expect(await stored(trace)).toEqual([]);
});

test("the feedback name of thumbs is a setting of the experiment; undo is offered until the next action", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("thumbs-name"));
  const trace = await sendTrace(SERVER(), experiment, [{ name: "ask" }]);
  await page.clock.install();
  await page.goto(`/t/${trace}?tab=assessments`);
  await page.getByRole("button", { name: "Change the name of thumbs" }).click();
  await page.getByLabel("Name of thumbs, in the whole experiment").fill("helpful");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Thumbs are stored as helpful")).toBeVisible();
  await page.getByRole("button", { name: "helpful: true" }).click();
  await expect(page.getByText("Thumbs up saved as helpful")).toBeVisible();
  expect(await stored(trace)).toEqual([["helpful", "default", true]]);
  await page.clock.fastForward("05:00");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("button", { name: "helpful: true" })).toHaveAttribute("aria-pressed", "false");
  expect(await stored(trace)).toEqual([]);
});

test("the feedback name suggests the polarity, a failed judge gives no verdict, and a click changes the polarity everywhere", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("polarity"));
  const trace = await sendTrace(SERVER(), experiment, [{ name: "ask" }]);
  await judge(trace, "hallucination", { value: "yes" });
  await judge(trace, "is_toxic", { value: false });
  await judge(trace, "relevance", { error: { error_code: "RATE_LIMIT", error_message: "too many requests" } });
  await page.goto(`/e/${experiment}/traces`);
  const badge = (name: string) => badges(page).filter({ hasText: name });
  await expect(badge("hallucination")).toHaveClass(/error/);
  await expect(badge("is_toxic")).toHaveClass(/ok/);
  await expect(badge("relevance")).toHaveClass(/not-judged/);
  await expect(badge("relevance")).toHaveAttribute("title", /could not judge: too many requests/);
  await checkA11y(page);
  await shot(page, "feedback-polarity");

  await page.goto(`/e/${experiment}/traces?q=${encodeURIComponent("feedback.hallucination IS bad")}`);
  await expect(rows(page)).toHaveCount(1);
  await page.goto(`/e/${experiment}/traces?q=${encodeURIComponent("feedback.hallucination IS good")}`);
  await expect(page.getByText("feedback.hallucination IS good").first()).toBeVisible();
  await expect(rows(page)).toHaveCount(0);

  await page.goto(`/t/${trace}?tab=assessments`);
  const card = page.locator("article.assessment").filter({ hasText: "hallucination" });
  await expect(card.locator(".badge.error")).toHaveText(/yes/);
  await expect(page.locator("article.assessment").filter({ hasText: "relevance" })).toContainText("could not judge");
  await checkA11y(page);
  await shot(page, "feedback-assessments");
  await card.getByRole("button", { name: /hallucination: yes is bad/ }).click();
  await card.getByRole("button", { name: /hallucination: neither/ }).click();
  await expect(card.locator(".badge.ok")).toHaveText(/yes/);

  await page.goto(`/e/${experiment}/traces`);
  await expect(badge("hallucination")).toHaveClass(/ok/);
  await page.goto(`/e/${experiment}/quality?feedback=is_toxic`);
  await expect(page.getByRole("button", { name: /is_toxic: yes is bad/ })).toBeVisible();
  await page.goto(`/e/${experiment}`);
  await page.getByRole("button", { name: /is_toxic: yes is bad/ }).click();
  await expect(page.getByRole("button", { name: /is_toxic: neither good nor bad/ })).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("button", { name: /is_toxic: yes is bad/ })).toBeVisible();
});
