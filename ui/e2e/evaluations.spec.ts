// Evaluations: their list, the cases of one, and the comparison of several.
import { type CaseToMake, type MadeEvaluation, makeEvaluation, twoEvaluations } from "./evaluationRuns";
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { call, makeExperiment } from "./rest";

const unique = (name: string) => `${name}-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;

let experiment: string;
let a: MadeEvaluation;
let b: MadeEvaluation;

test.beforeAll(async () => {
  experiment = await makeExperiment(SERVER(), unique("evaluations"));
  ({ a, b } = await twoEvaluations(experiment));
});

test("evaluations are listed with the figures of their scorers, and can be sorted and filtered", async ({ page }) => {
  await page.goto(`/e/${experiment}/evaluations`);
  const row = page.getByRole("row", { name: /agent 2\.0/ });
  await expect(row).toContainText("83 %");
  await expect(page.getByRole("row", { name: /agent 1\.0/ })).toContainText("83 %");
  await expect(page.getByRole("row").nth(1)).toContainText("agent 2.0");
  await checkA11y(page);
  await shot(page, "evaluations");
  await page.getByRole("button", { name: "p50" }).click();
  await expect(page).toHaveURL(/sort=-p50/);
  await expect(page.getByRole("row").nth(1)).toContainText("agent 1.0");
  await page.keyboard.press("/");
  await page.keyboard.type("AGENT 2");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("row")).toHaveCount(2);
  await page.getByRole("searchbox").fill("nothing has this name");
  await page.keyboard.press("Enter");
  await expect(page.getByText("No evaluations match the filter")).toBeVisible();
  await page.getByRole("button", { name: "Show all evaluations" }).click();
  await expect(page.getByRole("row", { name: /agent 2\.0/ })).toBeVisible();
});

for (const [name, path, row] of [
  ["evaluations", () => "", () => /agent 2\.0/],
  ["evaluation", () => `/${b.run}`, () => /the shop did not answer/],
  ["evaluations-compare", () => `/compare?runs=${a.run},${b.run}`, () => /the shop did not answer|TimeoutError/],
] as const) {
  test(`on a narrow screen, ${name} has no horizontal scroll of the page`, async ({ page }) => {
    await page.setViewportSize(NARROW);
    await page.goto(`/e/${experiment}/evaluations${path()}`);
    await expect(page.getByRole("row", { name: row() }).first()).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
    await checkA11y(page);
    await shot(page, name);
  });
}

test("the empty list has the lines of a first evaluation, with the address of this server", async ({ page }) => {
  const name = unique("no evaluations");
  await makeExperiment(SERVER(), name);
  await page.goto(`/e/${encodeURIComponent(name)}/evaluations`);
  await expect(page.getByText("No evaluations yet")).toBeVisible();
  await expect(page.getByText("mlflow.genai.evaluate(")).toBeVisible();
  await expect(page.getByText(SERVER())).toBeVisible();
  await checkA11y(page);
  await shot(page, "evaluations-empty");
  await page.goto(`/e/${encodeURIComponent(name)}/evaluations/nobody`);
  await expect(page.getByText("Evaluation not found")).toBeVisible();
  await page.goto(`/e/${encodeURIComponent(name)}/evaluations/compare?runs=nobody,nothing`);
  await expect(page.getByText("A run was not found")).toBeVisible();
  await page.goto(`/e/${encodeURIComponent(name)}/evaluations/compare`);
  await expect(page.getByText("Choose two to four evaluations")).toBeVisible();
});

test("failures come first; a scorer’s counts filter the cases; rationales follow the keys", async ({ page }) => {
  await page.goto(`/e/${experiment}/evaluations/${b.run}`);
  const grid = page.getByRole("grid", { name: "Cases" });
  await expect(grid.getByRole("row").nth(1)).toContainText("the shop did not answer");
  await expect(grid.getByRole("row").nth(2)).toContainText("of tomorrow");
  await expect(page.getByText("It says the delivery time of order 1.").first()).toBeVisible();
  await checkA11y(page);
  await shot(page, "evaluation");
  await page.getByRole("button", { name: "correct: 4 bad" }).click();
  await expect(page).toHaveURL(/scorer=correct&verdict=bad/);
  await expect(page.getByText("4 of 24 cases")).toBeVisible();
  await page.keyboard.press("j");
  await expect(page.locator(".rationales")).toContainText("The answer invents a rule for order");
  await page.reload();
  await expect(page.getByText("4 of 24 cases")).toBeVisible();
  await page.getByRole("button", { name: "Show cases with any score" }).click();
  await expect(page.getByText("24 cases", { exact: true })).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("warranty");
  await page.keyboard.press("Enter");
  await expect(page.getByText("4 of 24 cases")).toBeVisible();
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await page.getByRole("button", { name: "Duration" }).click();
  await expect(page).toHaveURL(/sort=-duration/);
});

test("selected cases are added to a dataset or linked to an issue", async ({ page }) => {
  await page.goto(`/e/${experiment}/evaluations/${b.run}?scorer=correct&verdict=bad`);
  await expect(page.getByText("4 of 24 cases")).toBeVisible();
  for (const key of ["j", "x", "j", "x"]) await page.keyboard.press(key);
  await expect(page.getByRole("toolbar", { name: "Selected cases" })).toContainText("2 cases selected");
  await page.getByRole("toolbar", { name: "Selected cases" }).getByRole("button", { name: "Issue" }).click();
  await expect(page.getByRole("dialog", { name: "Link 2 traces to an issue" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("toolbar", { name: "Selected cases" }).getByRole("button", { name: "Dataset" }).click();
  await expect(page.getByRole("dialog", { name: "Add 2 traces to a dataset" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Clear the selection" }).click();
  await expect(page.getByRole("toolbar", { name: "Selected cases" })).toBeHidden();
  await checkA11y(page);
});

test("Enter opens the trace of a case beside the table with its scores, and the address keeps it", async ({ page }) => {
  test.slow();
  await page.goto(`/e/${experiment}/evaluations/${b.run}`);
  await expect(page.getByRole("grid", { name: "Cases" }).getByRole("row").nth(2)).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const pane = page.getByRole("region", { name: "Trace", exact: true });
  await expect(pane.getByText("The answer invents a rule for order")).toBeVisible();
  await expect(pane.getByRole("heading", { name: "predict" }).first()).toBeVisible();
  await checkA11y(page);
  await shot(page, "evaluation-trace");
  const first = new URL(page.url()).searchParams.get("t");
  expect(b.traces).toContain(first);
  await page.keyboard.press("Shift+J");
  await expect.poll(() => new URL(page.url()).searchParams.get("t")).not.toBe(first);
  await page.reload();
  await expect(pane.getByText("The answer invents a rule for order")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(pane).toBeHidden();
});

test("with the keyboard only: find what version 2.0 broke", async ({ page }) => {
  test.slow();
  await page.goto(`/e/${experiment}`);
  await expect(page.getByRole("link", { name: "Evaluations", exact: true })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("v");
  await expect(page.getByRole("row")).toHaveCount(3);
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("c");
  // The older run is the baseline, although it was selected last.
  await expect(page).toHaveURL(new RegExp(`runs=${a.run}(,|%2C)${b.run}`));
  const summary = page.getByRole("region", { name: "Summary" });
  await expect(summary.getByRole("row", { name: /^correct/ })).toContainText("as many won as lost");
  await expect(page.getByRole("row", { name: /fails now/ })).toBeVisible();
  // Lost cases only, then the first of them.
  await page.keyboard.press("2");
  await expect(page.getByText("5 of 24 cases")).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const pane = page.getByRole("region", { name: "Case", exact: true });
  await expect(pane.getByText("The answer invents a rule for order")).toBeVisible();
  await expect(pane.locator("ins", { hasText: "always" })).toBeVisible();
  await expect(pane.locator("ins", { hasText: "tomorrow" })).toBeVisible();
  await expect(pane.getByText("It says the delivery time of order")).toBeVisible();
  await checkA11y(page);
  await shot(page, "evaluations-compare-case");
  await page.keyboard.press("t");
  await expect(pane.getByRole("button", { name: "Trace A" })).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("t");
  await expect(pane.getByRole("button", { name: "Trace B" })).toHaveAttribute("aria-pressed", "true");
  await expect(pane.getByRole("heading", { name: "predict" }).first()).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(pane.locator("ins").first()).toBeVisible();
  const opened = new URL(page.url()).searchParams.get("case");
  await page.keyboard.press("Shift+J");
  await expect.poll(() => new URL(page.url()).searchParams.get("case")).not.toBe(opened);
  await page.keyboard.press("Escape");
  await expect(pane).toBeHidden();
});

test("a comparison says what was won and lost, and its address keeps filter and case", async ({ page }) => {
  test.slow();
  await page.goto(`/e/${experiment}/evaluations/compare?runs=${a.run},${b.run}`);
  const correct = page.getByRole("region", { name: "Summary" }).getByRole("row", { name: /^correct/ });
  await expect(correct.getByRole("button", { name: "correct: 4 lost, show them" })).toBeVisible();
  await expect(correct.getByRole("button", { name: "correct: 4 won, show them" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Summary" }).getByRole("row", { name: /^Duration/ })).toContainText("better, unlikely to be chance");
  const grid = page.getByRole("grid", { name: "Cases" });
  // The cases that lost both scores come before the one that only fails, and that before those that won.
  for (const at of [1, 2, 3, 4]) await expect(grid.getByRole("row").nth(at)).toContainText("of tomorrow");
  await expect(grid.getByRole("row").nth(5)).toContainText("the shop did not answer");
  await checkA11y(page);
  await shot(page, "evaluations-compare");
  await correct.getByRole("button", { name: "correct: 4 won, show them" }).click();
  await expect(page).toHaveURL(/only=won/);
  await expect(page.getByText("4 of 24 cases")).toBeVisible();
  await expect(grid.getByRole("row").nth(1)).toContainText("I do not know.");
  await grid.getByRole("row").nth(1).click();
  const pane = page.getByRole("region", { name: "Case", exact: true });
  await expect(pane.getByText("The answer does not name the code.")).toBeVisible();
  await page.reload();
  await expect(pane.getByText("The answer does not name the code.")).toBeVisible();
  await page.getByRole("button", { name: "Close (Esc)" }).click();
  await page.keyboard.press("s");
  await expect(page).toHaveURL(new RegExp(`runs=${b.run}(,|%2C)${a.run}`));
});

test("the filters of a comparison have the numbers of their cases, and a text finds cases", async ({ page }) => {
  await page.goto(`/e/${experiment}/evaluations/compare?runs=${a.run},${b.run}`);
  const filters = page.getByRole("group", { name: "Cases", exact: true }).getByRole("button");
  await expect(filters).toHaveText(["All cases 24", "Lost 5", "Won 19", "Changed 24", "Not in all 0", "Same 0"]);
  await page.getByRole("combobox", { name: "Scorer" }).selectOption("correct");
  await expect(filters).toHaveText(["All cases 24", "Lost 4", "Won 4", "Changed 8", "Not in all 0", "Same 16"]);
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Compare evaluations" }).click();
  await page.keyboard.press("2");
  await expect(page.getByText("4 of 24 cases")).toBeVisible();
  await expect(filters.first()).toHaveText("All cases 24");
  await page.keyboard.press("1");
  await page.keyboard.press("/");
  await page.keyboard.type("Of TOMORROW");
  // The text is in outputs of the second run only.
  await expect(filters).toHaveText(["All cases 4", "Lost 4", "Won 0", "Changed 4", "Not in all 0", "Same 0"]);
  await expect(page).toHaveURL(/q=Of(\+|%20)TOMORROW/);
  const field = page.getByRole("searchbox", { name: "Find cases by text" });
  await page.keyboard.press("Escape");
  await expect(field).not.toBeFocused();
  await expect(field).toHaveValue("Of TOMORROW");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Case", exact: true }).getByText("The answer invents a rule for order")).toBeVisible();
  await checkA11y(page);
  await shot(page, "evaluations-compare-text");
  await page.reload();
  await expect(field).toHaveValue("Of TOMORROW");
  await expect(page.getByText("4 of 24 cases")).toBeVisible();
  await field.fill("no case has this");
  await expect(page.getByText("No cases match")).toBeVisible();
  await page.getByRole("button", { name: "Show all cases" }).click();
  await expect(page.getByText("24 cases", { exact: true })).toBeVisible();
  await expect(field).toHaveValue("");
});

test("a third run can be added, become the baseline, and be removed", async ({ page }) => {
  test.slow();
  const third = await makeEvaluation(experiment, "agent 3.0", [{ question: "What is the warranty for order 3?", answer: "Two years.", scores: { correct: "yes" } }]);
  await page.goto(`/e/${experiment}/evaluations/compare?runs=${a.run},${b.run}`);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("searchbox", { name: "Find an evaluation" }).fill("3.0");
  await page.getByRole("dialog").getByRole("button", { name: /agent 3\.0/ }).click();
  await expect(page).toHaveURL(new RegExp(`${b.run}(,|%2C)${third.run}`));
  await expect(page.getByRole("grid", { name: "Cases" })).toContainText("not in this run");
  await checkA11y(page);
  await shot(page, "evaluations-compare-three");
  await page.getByRole("button", { name: /^C agent 3\.0/ }).click();
  await page.getByRole("menuitem", { name: "Make it the baseline" }).click();
  await expect(page).toHaveURL(new RegExp(`runs=${third.run}`));
  await page.getByRole("button", { name: /^A agent 3\.0/ }).click();
  await page.getByRole("menuitem", { name: "Remove from the comparison" }).click();
  await expect(page).toHaveURL(new RegExp(`runs=${a.run}(,|%2C)${b.run}`));
});

test("any two runs with traces are compared by input; the former address and links of MLflow lead here", async ({ page }) => {
  const other = await makeExperiment(SERVER(), unique("compared runs"));
  const before = await makeEvaluation(other, "before", [
    { question: "Why 401?", answer: "No idea.", scores: { correct: "no" } },
    { question: "Where is it?", answer: "On its way.", scores: { correct: "yes" } },
    { question: "Old one?", answer: "Old.", scores: { correct: "yes" } },
  ]);
  const after = await makeEvaluation(other, "after", [
    { question: "Where is it?", answer: "Lost.", scores: { correct: "no" } },
    { question: "Why 401?", answer: "The key expired.", scores: { correct: "yes" } },
  ]);
  await page.goto(`/e/${other}/runs`);
  await page.getByRole("checkbox", { name: "Compare before" }).check();
  await page.getByRole("checkbox", { name: "Compare after" }).check();
  await page.getByRole("link", { name: "Compare selected" }).click();
  const row = (name: RegExp) => page.getByRole("grid").getByRole("row", { name });
  await expect(row(/Why 401/)).toContainText("No idea.");
  await expect(row(/Why 401/)).toContainText("The key expired.");
  await expect(row(/Why 401/)).toContainText("won: correct");
  await expect(row(/Where is it/)).toContainText("lost: correct");
  await expect(row(/Old one/)).toContainText("not in this run");
  await expect(page.getByText("3 cases", { exact: true })).toBeVisible();
  await page.goto(`/e/${other}/runs/compare?a=${before.run}&b=${after.run}`);
  await expect(page).toHaveURL(new RegExp(`evaluations/compare\\?runs=${before.run}(,|%2C)${after.run}`));
  await page.goto(`/#/experiments/${other}/evaluation-runs?selectedRunUuid=${after.run}`);
  await expect(page.getByRole("heading", { name: "after" })).toBeVisible();
});

test("hostile names, values and texts are shown as text", async ({ page }) => {
  const hostile = await makeExperiment(SERVER(), unique("evaluations with odd texts"));
  const script = "<img src=x onerror=alert(1)>\u202egnp.exe";
  const cases = (answer: string): CaseToMake[] => [
    { question: script, answer, expected: script, scores: { constructor: ["no", script] as [string, string], [`a "quoted" ${script}`]: script } },
    { question: "x".repeat(5000), answer: "", scores: { toString: 0.5 } },
  ];
  const one = await makeEvaluation(hostile, script, cases("left"));
  const other = await makeEvaluation(hostile, `${script} 2`, cases("right"));
  await page.goto(`/e/${hostile}/evaluations`);
  await expect(page.getByRole("row")).toHaveCount(3);
  await page.goto(`/e/${hostile}/evaluations/${one.run}`);
  await expect(page.getByRole("grid").getByRole("row").nth(2)).toBeVisible();
  await expect(page.getByText("\\u202egnp.exe").first()).toBeVisible();
  await page.goto(`/e/${hostile}/evaluations/compare?runs=${one.run},${other.run}`);
  await expect(page.getByRole("grid").getByRole("row").nth(2)).toBeVisible();
  await page.locator("[data-key]").filter({ hasText: "onerror" }).click();
  await expect(page.getByRole("region", { name: "Case", exact: true }).getByText("\\u202egnp.exe").first()).toBeVisible();
  expect(await page.locator("img[src='x']").count()).toBe(0);
  await page.keyboard.press("?");
  await expect(page.getByRole("heading", { name: "Compare evaluations" }).last()).toBeVisible();
});

test("of many cases only those in sight are rendered, and further pages are loaded by scrolling", async ({ page }) => {
  const many = await makeExperiment(SERVER(), unique("many cases"));
  const cases = (value: string) => Array.from({ length: 260 }, (_, at) => ({ question: `Question ${at}`, answer: `Answer ${at} ${value}`, scores: { correct: value } }));
  const [one, other] = [await makeEvaluation(many, "one", cases("yes")), await makeEvaluation(many, "other", cases("no"))];
  await page.goto(`/e/${many}/evaluations/compare?runs=${one.run},${other.run}`);
  const grid = page.getByRole("grid", { name: "Cases" });
  await expect(page.getByText("260 cases")).toBeVisible();
  const scroller = page.locator(".grid-scroll");
  await expect(async () => {
    await scroller.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
    await expect(grid).toHaveAttribute("aria-rowcount", "261");
    await expect(grid.getByText("Question 259", { exact: true })).toBeVisible({ timeout: 1000 });
  }).toPass();
  expect(await grid.getByRole("row").count()).toBeLessThan(60);

  // A link opens a case of a later page, and loads neither that page nor those before it.
  const path = `/api/3.0/kansoku/experiments/${many}/evaluations/compare?runs=${one.run},${other.run}&max_results=500`;
  const { rows } = await call<{ rows: { key: string; input: string }[] }>(SERVER(), path);
  const pages: string[] = [];
  page.on("request", (request) => {
    const token = new URL(request.url()).searchParams.get("page_token");
    if (request.url().includes("evaluations/compare?runs") && token) pages.push(token);
  });
  await page.goto(`/e/${many}/evaluations/compare?runs=${one.run},${other.run}&only=won&case=${rows[250]!.key}`);
  const pane = page.getByRole("region", { name: "Case", exact: true });
  await expect(pane).toContainText(rows[250]!.input);
  await expect(page.getByText("0 of 260 cases")).toBeVisible();
  expect(pages).toEqual([]);
  await page.goto(`/e/${many}/evaluations/compare?runs=${one.run},${other.run}&case=0-0`);
  await expect(pane.getByText("This case is not in the comparison")).toBeVisible();
});
