// Agreement of a judge with people: from the figures to the disagreements, to a verdict and to an example in the judge's instructions.
import type { Page } from "@playwright/test";
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { newExperiment, sendTrace } from "./otlp";
import { call } from "./rest";

const INSTRUCTIONS = "Is the answer {{ outputs }} to {{ inputs }} polite?";

function judge(version: string) {
  return { source: { source_type: "LLM_JUDGE", source_id: "demo:/rules" }, metadata: { "mlflow.assessment.scorerVersion": version } };
}
const KIM = { source: { source_type: "HUMAN", source_id: "kim" } };

async function log(trace: string, who: object, value: unknown, rationale?: string): Promise<void> {
  await call(SERVER(), `/api/3.0/mlflow/traces/${trace}/assessments`, { assessment: { assessment_name: "polite", trace_id: trace, feedback: { value }, rationale, ...who } });
}

/** An experiment with a judge, and six traces that both the judge and a person judged: they disagree on two. */
async function judged(): Promise<string> {
  const e = await newExperiment("agreement");
  const data = { instructions: INSTRUCTIONS, model: "demo:/rules", feedback_value_type: { type: "boolean" } };
  await call(SERVER(), "/api/3.0/mlflow/scorers/register", { experiment_id: e, name: "polite", serialized_scorer: JSON.stringify({ name: "polite", instructions_judge_pydantic_data: data }) });
  for (let n = 0; n < 6; n++) {
    const trace = await sendTrace(e, [{ name: "agent", startMs: 0, durationMs: 20, inputs: { question: `Question ${n}` }, outputs: `Answer ${n}` }], { beginMs: Date.now() - 600_000 + n * 60_000 });
    await log(trace, judge(n < 3 ? "1" : "2"), n % 2 === 0, `The judge's reason ${n}`);
    await log(trace, KIM, n === 1 || n === 4 ? n === 1 : n % 2 === 0, `The reason of kim ${n}`);
  }
  return e;
}

const cases = (page: Page) => page.getByRole("region", { name: "Disagreements" }).getByRole("listitem");
const cell = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

test("disagreements are worked through by keys: a verdict is changed, the judge is corrected, and both are undone", async ({ page }) => {
  test.slow();
  const e = await judged();
  await page.goto(`/e/${e}/scorers/polite`);
  await page.getByRole("link", { name: "Agreement with people" }).click();
  await expect(page.getByText("67 % the same answer: 4 of 6 verdicts of people.")).toBeVisible();
  await expect(page.getByText(/κ 0\.33/)).toBeVisible();
  await expect(page.getByText("fair agreement")).toBeVisible();
  await expect(page.getByRole("region", { name: "By version" }).getByRole("row")).toHaveCount(3);
  await expect(cases(page)).toHaveCount(2);
  await checkA11y(page);
  await shot(page, "agreement");

  // A cell of the matrix lists its traces.
  await cell(page, "1: scorer true, person false").click();
  await expect(page.getByRole("region", { name: "Scorer true, person false" }).getByRole("listitem")).toHaveCount(1);
  await page.getByRole("button", { name: "Show all disagreements" }).click();

  // The scorer is right about the newest: the person's verdict changes.
  await page.keyboard.press("j");
  await expect(cases(page).first().getByRole("link", { name: /Question 4/ })).toBeFocused();
  await page.keyboard.press("1");
  await expect(cases(page)).toHaveCount(1);
  await expect(page.getByText("5 of 6 verdicts of people")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(cases(page)).toHaveCount(2);

  // The person is right about the other: the judge is corrected on the trace, and counts as wrong as before.
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await expect(cases(page).nth(1).getByRole("link", { name: /Question 1/ })).toBeFocused();
  await page.keyboard.press("2");
  await expect(cases(page).nth(1).getByText("corrected")).toBeVisible();
  await expect(page.getByText("4 of 6 verdicts of people")).toBeVisible();
  await cases(page).nth(1).getByRole("link", { name: /Question 1/ }).press("Enter");
  await expect(page).toHaveURL(/\/t\/tr-/);
});

test("a disagreement becomes an example in a draft of the judge's instructions, which a person tries and saves", async ({ page }) => {
  test.slow();
  const e = await judged();
  await page.goto(`/e/${e}/scorers/polite/agreement`);
  await expect(cases(page)).toHaveCount(2);
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  await expect(page.getByRole("heading", { name: "polite", exact: true })).toBeVisible();
  const text = page.getByLabel("Instructions", { exact: true });
  await expect(text).toHaveValue(/Example 1 of a right verdict.*\nInputs: {"question":"Question 4"}\nOutputs: "Answer 4"\nRight verdict: false\nBecause: "The reason of kim 4"/);
  await expect(page.getByText("A draft, kept in this browser until you save it.")).toBeVisible();
  // Nothing is saved by itself, and a reload keeps the draft.
  await page.reload();
  await expect(text).toHaveValue(/Example 1/);
  const scorer = async () => (await call<{ scorers: { version: number; instructions: string }[] }>(SERVER(), `/api/3.0/kansoku/experiments/${e}/scorers`)).scorers[0]!;
  expect(await scorer()).toMatchObject({ version: 1, instructions: INSTRUCTIONS });
  await page.getByRole("button", { name: "Try on the five newest traces" }).click();
  await expect(page.getByRole("columnheader", { name: "Version 1" })).toBeVisible();
  await checkA11y(page);
  await shot(page, "scorers-judge-example");
  await text.press("Control+Enter");
  await expect(page.getByText("Saved version 2 of polite")).toBeVisible();
  expect(await scorer()).toMatchObject({ version: 2 });
  expect((await scorer()).instructions).toContain("Example 1 of a right verdict");
  await expect(page.getByText("A draft, kept in this browser")).toBeHidden();
});

test("without verdicts of people, the screen says how they come about, and it fits a narrow screen", async ({ page }) => {
  const empty = await newExperiment("agreement");
  await page.goto(`/e/${empty}/scorers/none/agreement`);
  await page.setViewportSize(NARROW);
  await expect(page.getByRole("heading", { name: /Nobody judged/ })).toBeVisible();
  await checkA11y(page);
  const e = await judged();
  await page.goto(`/e/${e}/scorers/polite/agreement`);
  await expect(cases(page)).toHaveCount(2);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await checkA11y(page);
  await shot(page, "agreement");
});

test("on the trace, a person corrects the judge with a reason, sees what it had said, and undoes it", async ({ page }) => {
  const e = await newExperiment("agreement");
  const trace = await sendTrace(e, [{ name: "agent", startMs: 0, durationMs: 20, inputs: "Hello?", outputs: "Go away." }], { beginMs: Date.now() - 60_000 });
  await log(trace, judge("3"), true, "It answers the question.");
  await page.goto(`/t/${trace}?tab=assessments`);
  await page.getByRole("button", { name: "Correct polite", exact: true }).press("Enter");
  // The opposite of what the judge said is proposed, and the reason has the focus.
  await expect(page.getByRole("group", { name: "Corrected value" }).getByRole("button", { name: "false" })).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByLabel("Rationale for the correction")).toBeFocused();
  await page.keyboard.type("It is rude.");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Corrected: version 3 of the scorer said yes")).toBeVisible();
  await expect(page.getByText("It is rude.")).toBeVisible();
  await page.getByText("Corrected: version 3 of the scorer said yes").click();
  await expect(page.getByText("It answers the question.")).toBeVisible();
  await checkA11y(page);
  await shot(page, "trace-corrected");
  const agreement = async () => call<{ compared: number; matrix: number[][] }>(SERVER(), `/api/3.0/kansoku/experiments/${e}/scorers/polite/agreement`);
  expect(await agreement()).toMatchObject({ compared: 1, matrix: [[0, 1], [0, 0]] });
  await page.getByRole("button", { name: "Undo the correction of polite" }).press("Enter");
  await expect(page.getByText("Corrected:")).toBeHidden();
  await expect(page.getByText("It answers the question.")).toBeVisible();
  expect(await agreement()).toMatchObject({ compared: 0 });
});

test("quality shows the feedback over time with versions, and by any group", async ({ page }) => {
  const e = await judged();
  await page.goto(`/e/${e}/quality?feedback=polite`);
  const overTime = page.getByRole("region", { name: "Over time" });
  await expect(overTime.getByText("Lines mark new versions of the scorer.")).toBeVisible();
  await expect(overTime.getByRole("img", { name: /v2 since/ })).toBeVisible();
  await expect(overTime.getByRole("region", { name: "By version of the scorer" }).getByRole("row")).toHaveCount(4);
  await overTime.getByLabel("Split by").selectOption("name");
  const groups = overTime.getByRole("region", { name: "By Name" });
  await expect(groups.getByRole("row").nth(1)).toContainText("agent50 %12");
  await checkA11y(page);
  await shot(page, "quality-over-time");
  await groups.getByRole("link", { name: "12" }).click();
  await expect(page).toHaveURL(/traces\?q=.*name/);
});
