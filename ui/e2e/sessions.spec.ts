// The list of sessions, and the page of one session.
import type { Page } from "@playwright/test";
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { call, makeExperiment, sendTrace } from "./rest";

const turn = (page: Page, number: number) => page.getByRole("article", { name: `Turn ${number}`, exact: true });
const unique = (name: string) => `${name}-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;

/** A new experiment with one session of three turns: ok, recovered (an hour later), failed. */
async function chat(): Promise<{ experiment: string; name: string; traces: string[] }> {
  const name = unique("chat");
  const experiment = await makeExperiment(SERVER(), name);
  const start = Date.now() - 7_200_000;
  const root = (question: string, answer: string | null) => ({
    "session.id": "chat/42", "user.id": "ana", "mlflow.spanType": "AGENT", "mlflow.spanInputs": JSON.stringify({ question }),
    ...(answer === null ? {} : { "mlflow.spanOutputs": JSON.stringify(answer) }),
  });
  const traces = [
    await sendTrace(SERVER(), experiment, [{ name: "ask", tookMs: 400, attributes: root("First?", "One.") }, { name: "search", atMs: 10, tookMs: 90, attributes: { "mlflow.spanType": "TOOL" } }, { name: "passages", atMs: 110, tookMs: 20, attributes: { "mlflow.spanType": "RETRIEVER" } }, { name: "answer", atMs: 140, tookMs: 200, attributes: { "mlflow.spanType": "CHAT_MODEL" } }], { startMs: start }),
    await sendTrace(SERVER(), experiment, [{ name: "ask", tookMs: 600, attributes: root("Second?", "Two.") }, { name: "search", atMs: 10, tookMs: 90, failed: "TimeoutError: too slow", attributes: { "mlflow.spanType": "TOOL" } }], { startMs: start + 3_600_000 }),
    await sendTrace(SERVER(), experiment, [{ name: "ask", tookMs: 200, failed: "RateLimitError: 429", attributes: root("Third?", null) }], { startMs: start + 3_700_000 }),
  ];
  return { experiment, name, traces };
}

test("lists the conversations of an experiment, and filters them", async ({ page }) => {
  await page.goto("/e/clients/sessions");
  await expect(page.getByRole("row")).toHaveCount(4);
  const row = page.getByRole("row", { name: /s-0/ });
  await expect(row.getByRole("cell").first()).toHaveText("4");
  await expect(row).toContainText("user_thumbs");
  await checkA11y(page);
  await shot(page, "sessions");
  await page.keyboard.press("/");
  await page.keyboard.type("session = 's-1'");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("row")).toHaveCount(2);
  await expect(page).toHaveURL(/q=session/);
  await page.reload();
  await expect(page.getByRole("row")).toHaveCount(2);
  await page.getByRole("combobox", { name: "Filter traces" }).fill("statsu = 'OK'");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("combobox", { name: "Filter traces" })).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByRole("row")).toHaveCount(2);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/sessions\/s-1/);
});

test("shows a session with its totals, failures, steps and pauses", async ({ page }) => {
  const { experiment } = await chat();
  await page.goto(`/e/${experiment}/sessions/chat%2F42`);
  await expect(turn(page, 3)).toBeVisible();
  const fact = (name: string) => page.locator(".property-list > div").filter({ has: page.getByText(name, { exact: true }) }).locator("dd");
  await expect(fact("Turns")).toHaveText("3");
  await expect(fact("Errors")).toHaveText("1 turn");
  await expect(fact("Recovered")).toHaveText("1 turn");
  await expect(fact("Active")).toHaveText("1.20 s");
  await expect(fact("Elapsed")).toHaveText("1h 01m");
  await expect(turn(page, 1)).toContainText("First?");
  await expect(turn(page, 1)).toContainText("One.");
  await expect(turn(page, 1).locator("time")).toHaveText(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  const steps = turn(page, 1).getByRole("list", { name: "Steps" }).getByRole("link");
  await expect(steps).toHaveText([/search.*90 ms/, /passages.*20 ms/, /answer.*200 ms/]);
  await expect(steps.nth(1)).toHaveAttribute("href", /\/t\/tr-.*s=/);
  await expect(turn(page, 2)).toContainText("1h 00m later");
  await expect(turn(page, 2)).toContainText("search: TimeoutError: too slow");
  await expect(turn(page, 3).getByText("No answer.")).toBeVisible();
  await expect(turn(page, 3)).toContainText("RateLimitError: 429");
  await expect(page.getByRole("img", { name: /3 turns, 1 failed, the longest pause/ })).toBeVisible();
  await checkA11y(page);
  await shot(page, "session");
  await page.setViewportSize(NARROW);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await checkA11y(page);
  await shot(page, "session");
});

test("keys move between turns, give thumbs and open the trace", async ({ page }) => {
  const { experiment, traces } = await chat();
  await page.goto(`/e/${experiment}/sessions/chat%2F42`);
  await expect(turn(page, 3)).toBeVisible();
  await page.keyboard.press("]");
  await page.keyboard.press("]");
  await expect(turn(page, 2)).toHaveAttribute("data-chosen", "true");
  await expect(page).toHaveURL(/turn=2/);
  await page.keyboard.press("-");
  const down = turn(page, 2).getByRole("button", { name: "Thumbs down for turn 2" });
  const up = turn(page, 2).getByRole("button", { name: "Thumbs up for turn 2" });
  await expect(down).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("+");
  await expect(up).toHaveAttribute("aria-pressed", "true");
  await expect(down).toHaveAttribute("aria-pressed", "false");
  const { trace } = await call<{ trace: { trace_info: { assessments: { assessment_name: string; feedback: { value: unknown } }[] } } }>(SERVER(), `/api/3.0/mlflow/traces/${traces[1]}`);
  expect(trace.trace_info.assessments.map(({ assessment_name, feedback }) => [assessment_name, feedback.value])).toEqual([["user_feedback", true]]);
  await page.keyboard.press("+");
  await expect(up).toHaveAttribute("aria-pressed", "false");
  await page.keyboard.press("[");
  await expect(turn(page, 1)).toHaveAttribute("data-chosen", "true");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${SERVER()}/t/${traces[0]}`);
  await page.goBack();
  await expect(turn(page, 1)).toHaveAttribute("data-chosen", "true");
});

test("Enter on a link follows that link, not the selected turn", async ({ page }) => {
  const { experiment } = await chat();
  await page.goto(`/e/${experiment}/sessions/chat%2F42?turn=2`);
  await page.getByRole("link", { name: "← Sessions" }).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${SERVER()}/e/${experiment}/sessions`);
});

test("a thumb for the session as a whole is an assessment of the session", async ({ page }) => {
  const { experiment } = await chat();
  await page.goto(`/e/${experiment}/sessions/chat%2F42`);
  const up = page.getByRole("button", { name: "Thumbs up for the whole session" });
  await up.click();
  await expect(up).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByRole("list", { name: "Assessments of the session" })).toBeVisible();
  await expect(turn(page, 1).getByRole("button", { name: "Thumbs up for turn 1" })).toHaveAttribute("aria-pressed", "false");
});

test("a turn that arrives later appears without a reload", async ({ page }) => {
  const { experiment } = await chat();
  await page.goto(`/e/${experiment}/sessions/chat%2F42`);
  await expect(turn(page, 3)).toBeVisible();
  await sendTrace(SERVER(), experiment, [{ name: "ask", attributes: { "session.id": "chat/42", "mlflow.spanInputs": '{"question": "Fourth?"}' } }]);
  await expect(turn(page, 4)).toContainText("Fourth?");
});

test("the empty list explains how to create a session; a missing session is an error", async ({ page }) => {
  const name = unique("silent");
  await makeExperiment(SERVER(), name);
  await page.goto(`/e/${encodeURIComponent(name)}/sessions`);
  await expect(page.getByText("No sessions yet")).toBeVisible();
  await checkA11y(page);
  await page.goto(`/e/${encodeURIComponent(name)}/sessions/nobody`);
  await expect(page.getByText("Session not found")).toBeVisible();
});

test("hostile content of turns is shown as text", async ({ page }) => {
  await page.goto("/e/hostile/sessions");
  await expect(page.getByRole("row")).toHaveCount(6);
  await page.getByRole("link", { name: /<img src=x/ }).click();
  await expect(turn(page, 1)).toContainText("<script>");
  await expect(page).not.toHaveTitle(/^hacked/);
});
