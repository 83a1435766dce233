// Issues: the list with errors that have no issue, one issue with its traces, and the dialog that links traces from other screens.
import type { Page } from "@playwright/test";
import { checkA11y, expect, NARROW, SERVER, shot, test, traceIds } from "./kit";
import { call, makeExperiment, sendTrace } from "./rest";
import { twoVersions } from "./twoVersions";

const unique = (name: string) => `${name}-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;
const HOSTILE = "<img src=x onerror=alert(1)> \u202egnp.exe **bold** ".repeat(4);

interface Made {
  experiment: string;
  slow: string[];
  failed: string[];
}

/** Two slow traces, and three that fail with one error. */
async function someTraces(): Promise<Made> {
  const experiment = await makeExperiment(SERVER(), unique("issues"));
  const send = (question: string, failed?: string) =>
    sendTrace(SERVER(), experiment, [{ name: "ask", tookMs: 900, failed, attributes: { "mlflow.spanInputs": JSON.stringify({ question }) } }], { startMs: Date.now() - 3_600_000 });
  const slow = [await send("Slow one?"), await send("Slow two?")];
  const failed = [await send("Broken 1?", "the store timed out after 11 s"), await send("Broken 2?", "the store timed out after 12 s"), await send("Broken 3?", "the store timed out after 13 s")];
  return { experiment, slow, failed };
}

async function makeIssue(experiment: string, name: string, more: object = {}): Promise<string> {
  const { issue } = await call<{ issue: { issue_id: string } }>(SERVER(), "/api/3.0/mlflow/issues", { experiment_id: experiment, name, description: "It is **slow**.\n\n- since Monday", severity: "high", ...more });
  return issue.issue_id;
}

async function link(trace: string, issueId: string, name: string): Promise<void> {
  const source = { source_type: "HUMAN", source_id: "me" };
  await call(SERVER(), `/api/3.0/mlflow/traces/${trace}/assessments`, { assessment: { assessment_name: issueId, trace_id: trace, source, issue: { issue_name: name } } });
}

const table = (page: Page) => page.getByRole("region", { name: "Issues" });
const errors = (page: Page) => page.getByRole("region", { name: "Errors without an issue" });

test("an experiment without issues says how to make one, and its errors are listed", async ({ page }) => {
  const { experiment } = await someTraces();
  await page.goto(`/e/${experiment}/issues`);
  await expect(page.getByText("No issues yet")).toBeVisible();
  await expect(errors(page).getByRole("row", { name: /the store timed out/ })).toContainText("3");
  await checkA11y(page);
  await shot(page, "issues-empty");
});

test("an error becomes an issue with its traces, and is found again after the issue is resolved", async ({ page }) => {
  const { experiment } = await someTraces();
  await page.goto(`/e/${experiment}/issues`);
  await errors(page).getByRole("button", { name: /^Make an issue of/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Name")).toHaveValue(/the store timed out/);
  await checkA11y(page);
  await shot(page, "issues-make");
  await dialog.getByLabel("Name").fill("Store timeouts");
  await dialog.getByLabel("Severity").selectOption("high");
  await dialog.getByRole("button", { name: "Create and link" }).click();
  await expect(dialog.getByText("3 traces linked.")).toBeVisible();
  await dialog.getByRole("link", { name: "Open the issue" }).click();
  await expect(page.getByRole("heading", { name: "Store timeouts" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Traces", exact: true }).getByRole("link", { name: /Broken/ })).toHaveCount(3);

  // A newer trace with the same error is offered for linking.
  await sendTrace(SERVER(), experiment, [{ name: "ask", failed: "the store timed out after 99 s", attributes: { "mlflow.spanInputs": '{"question": "Broken again?"}' } }], { startMs: Date.now() });
  await page.reload();
  await expect(page.getByText(/1 more trace fails with/)).toBeVisible();
  await shot(page, "issue-more");
  await page.getByRole("button", { name: "Link it" }).click();
  await dialog.getByRole("button", { name: "Link", exact: true }).click();
  await expect(dialog.getByText("1 trace linked.")).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expect(page.getByRole("region", { name: "Traces", exact: true }).getByRole("link", { name: /Broken/ })).toHaveCount(4);

  await page.getByRole("link", { name: "← Issues" }).click();
  await expect(page.getByText("Every error in this time range has an issue.")).toBeVisible();
  await expect(table(page).getByRole("row", { name: /Store timeouts/ })).toContainText("4");
  await page.getByRole("link", { name: "Store timeouts" }).click();
  await page.getByLabel("Status").selectOption("resolved");
  await expect(page.getByText("The issue is resolved")).toBeVisible();
  await sendTrace(SERVER(), experiment, [{ name: "ask", failed: "the store timed out after 5 s" }], { startMs: Date.now() });
  await page.goto(`/e/${experiment}/issues`);
  await expect(errors(page).getByText(/seen again after Store timeouts was resolved/)).toBeVisible();
  await shot(page, "issues-again");
  await errors(page).getByRole("button", { name: "Reopen Store timeouts" }).click();
  await expect(page.getByText("Every error in this time range has an issue.")).toBeVisible();
});

test("issues are filtered by status and name, sorted, and the address keeps it", async ({ page }) => {
  const { experiment, slow } = await someTraces();
  const issueId = await makeIssue(experiment, "Slow answers");
  await link(slow[0]!, issueId, "Slow answers");
  await makeIssue(experiment, "Wrong refunds", { severity: "low" });
  await makeIssue(experiment, "Done before", { status: "resolved" });
  await page.goto(`/e/${experiment}/issues`);
  await expect(table(page).getByRole("row")).toHaveCount(3);
  await expect(table(page).getByRole("row").nth(1)).toContainText("Slow answers");
  await expect(table(page).getByRole("img", { name: "1 trace over time" })).toBeVisible();
  await checkA11y(page);
  await shot(page, "issues");
  await page.getByRole("button", { name: "Issue", exact: true }).click();
  await page.getByRole("button", { name: "Issue", exact: true }).click();
  await expect(table(page).getByRole("row").nth(1)).toContainText("Wrong refunds");
  await page.getByRole("button", { name: /^All/ }).click();
  await expect(table(page).getByRole("row")).toHaveCount(4);
  await page.keyboard.press("/");
  await page.keyboard.type("done");
  await expect(table(page).getByRole("row")).toHaveCount(2);
  await expect(page).toHaveURL(/status=all/);
  await expect(page).toHaveURL(/q=done/);
  await page.reload();
  await expect(table(page).getByRole("row")).toHaveCount(2);
  await page.getByRole("button", { name: /^Rejected/ }).click();
  await page.getByRole("button", { name: "Show all issues" }).click();
  await expect(table(page).getByRole("row")).toHaveCount(4);
  await page.setViewportSize(NARROW);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await checkA11y(page);
  await shot(page, "issues");
});

test("an issue is made, changed and opened by keys alone", async ({ page }) => {
  const { experiment } = await someTraces();
  await page.goto(`/e/${experiment}/traces`);
  await page.keyboard.press("g");
  await page.keyboard.press("i");
  await expect(page).toHaveURL(/\/issues$/);
  await expect(page.getByText("No issues yet")).toBeVisible();
  await page.keyboard.press("n");
  await expect(page.getByRole("dialog").getByLabel("Name")).toBeFocused();
  await page.keyboard.type("Made by keys");
  await page.keyboard.press("Tab");
  await page.keyboard.type("What happens");
  await page.keyboard.press("Tab");
  await page.keyboard.press("h");
  await page.keyboard.press("Tab");
  await page.getByRole("dialog").getByRole("button", { name: "Create" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Made by keys" })).toBeVisible();
  await expect(page.getByLabel("Severity")).toHaveValue("high");
  await page.keyboard.press("Escape");
  await expect(table(page)).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Made by keys" })).toBeVisible();
});

test("the fields of an issue are changed in place, and a failed save keeps what was typed", async ({ page }) => {
  const { experiment, slow } = await someTraces();
  const issueId = await makeIssue(experiment, "Slow answers");
  for (const trace of slow) await link(trace, issueId, "Slow answers");
  await page.goto(`/e/${experiment}/issues/${issueId}`);
  await expect(page.locator("strong", { hasText: "slow" })).toBeVisible();
  await checkA11y(page);
  await shot(page, "issue");
  await page.getByLabel("Owner").fill("ana");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Owner: ana")).toBeVisible();
  await page.getByLabel("Severity").selectOption("low");
  await expect(page.getByText("Severity: Low")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByLabel("Severity")).toHaveValue("high");
  await page.reload();
  await expect(page.getByLabel("Owner")).toHaveValue("ana");

  await page.getByRole("button", { name: "Edit the name and description" }).click();
  await page.getByLabel("Name").fill("Slow answers since Monday");
  await page.route("**/mlflow/issues/*", (route) => (route.request().method() === "PATCH" ? route.fulfill({ status: 503, json: { error_code: "TEMPORARILY_UNAVAILABLE", message: "try again" } }) : route.continue()));
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toHaveText("try again");
  // Esc does not throw away what was typed.
  await page.getByRole("button", { name: "Save" }).press("Escape");
  await expect(page.getByLabel("Name")).toHaveValue("Slow answers since Monday");
  await page.unroute("**/mlflow/issues/*");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Slow answers since Monday" })).toBeVisible();
  await page.goto(`/e/${experiment}/issues`);
  await expect(table(page).getByRole("row", { name: /since Monday/ })).toContainText("ana");
  // The owner is not listed among the tags of the experiment.
  await page.goto("/");
  await expect(page.getByText("kansoku.issue.owner")).toHaveCount(0);
});

test("traces are unlinked, linked again by undo, and linked by their ids", async ({ page }) => {
  const { experiment, slow, failed } = await someTraces();
  const issueId = await makeIssue(experiment, "Slow answers");
  await link(slow[0]!, issueId, "Slow answers");
  await page.goto(`/e/${experiment}/issues/${issueId}`);
  const traces = page.getByRole("region", { name: "Traces", exact: true }).getByRole("link", { name: /\?/ });
  await expect(traces).toHaveCount(1);
  await page.getByRole("button", { name: /^Unlink/ }).click();
  await expect(page.getByText("No traces are linked yet.")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(traces).toHaveCount(1);
  await page.getByRole("button", { name: "Link traces" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("not an id");
  await expect(dialog.getByText("“not” is not the id of a trace.")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Link", exact: true })).toBeDisabled();
  // A trace that is linked already is not linked twice.
  await dialog.getByRole("textbox").fill(`${slow[0]}\n${SERVER()}/t/${failed[0]}`);
  await dialog.getByRole("button", { name: "Link 2 traces" }).click();
  await expect(dialog.getByText("2 traces linked.")).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expect(traces).toHaveCount(2);
  const { issues } = await call<{ issues: { trace_count: number }[] }>(SERVER(), "/api/3.0/mlflow/issues/search", { experiment_id: experiment, include_trace_count: true });
  expect(issues[0]!.trace_count).toBe(2);
  await page.getByRole("link", { name: "Open in the trace list" }).click();
  await expect(page.getByRole("grid", { name: "Traces" }).locator("[data-trace]")).toHaveCount(2);
  const row = await call<{ traces: { assessments: { kind: string }[] }[] }>(SERVER(), `/api/3.0/kansoku/traces/rows?ids=${slow[0]}`);
  expect(row.traces[0]!.assessments.filter(({ kind }) => kind === "issue")).toHaveLength(1);
});

test("selected traces are linked from the trace list, and a trace from its page", async ({ page }) => {
  const { experiment, slow } = await someTraces();
  const issueId = await makeIssue(experiment, "Slow answers");
  await page.goto(`/e/${experiment}/traces?q=${encodeURIComponent("status = 'OK'")}`);
  await expect(page.getByRole("grid", { name: "Traces" }).locator("[data-trace]")).toHaveCount(2);
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("i");
  const dialog = page.getByRole("dialog", { name: "Link 2 traces to an issue" });
  await dialog.getByLabel("Issue", { exact: true }).selectOption(issueId);
  await checkA11y(page);
  await shot(page, "traces-link-issue");
  await dialog.getByRole("button", { name: "Link", exact: true }).click();
  await expect(dialog.getByText("2 traces linked.")).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await page.goto(`/t/${slow[0]}?tab=assessments`);
  // A link that is deleted from the trace, and restored, is a link again.
  await page.getByRole("button", { name: "Delete the link to the issue Slow answers" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("article")).toContainText("Slow answers");
  expect((await traceIds(experiment, `issue.id = '${issueId}'`)).sort()).toEqual([...slow].sort());
  await page.getByRole("link", { name: "Slow answers" }).click();
  await expect(page).toHaveURL(new RegExp(`/issues/${issueId}`));

  await page.goto(`/t/${slow[1]}`);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Link to an issue…" }).click();
  const one = page.getByRole("dialog", { name: "Link 1 trace to an issue" });
  await one.getByLabel("A new issue").check();
  await one.getByLabel("Name").fill("Another");
  await one.getByLabel("Description, as Markdown").fill("d");
  await one.getByRole("button", { name: "Create and link" }).click();
  await one.getByRole("link", { name: "Open the issue" }).click();
  await expect(page.getByRole("heading", { name: "Another" })).toBeVisible();
});

test("the traces of a factor and of a top error are linked", async ({ page }) => {
  const given = await twoVersions(unique("factors"));
  await page.goto(`/e/${given.id}/quality?feedback=correct`);
  const factors = page.getByRole("region", { name: "Correlated with negative feedback" });
  await factors.getByRole("button", { name: /the store timed out/ }).first().click();
  const dialog = page.getByRole("dialog", { name: "Link 8 traces to an issue" });
  await expect(dialog.getByLabel("Name")).toHaveValue(/^Negative correct: /);
  await dialog.getByRole("button", { name: "Create and link" }).click();
  await expect(dialog.getByText("8 traces linked.")).toBeVisible();
  await page.goto(`/e/${given.id}?from=all`);
  await page.getByRole("region", { name: "Top errors" }).getByRole("button", { name: /no such order/ }).click();
  const top = page.getByRole("dialog", { name: "Link 4 traces to an issue" });
  await top.getByRole("button", { name: "Create and link" }).click();
  await expect(top.getByText("4 traces linked.")).toBeVisible();
});

test("hostile names and descriptions are text, and a missing issue says so", async ({ page }) => {
  const { experiment } = await someTraces();
  const issueId = await makeIssue(experiment, HOSTILE.slice(0, 250), { description: `${HOSTILE}\n\n[x](javascript:alert(1)) <script>alert(1)</script>`, categories: [HOSTILE], root_causes: [HOSTILE] });
  await page.goto(`/e/${experiment}/issues`);
  await expect(table(page).getByText("<img src=x onerror=alert(1)>").first()).toBeVisible();
  await page.goto(`/e/${experiment}/issues/${issueId}`);
  await expect(page.getByRole("heading", { name: /<img src=x/ })).toContainText("\\u202e");
  await expect(page.locator("img[src=x], a[href^=javascript]")).toHaveCount(0);
  await checkA11y(page);
  await page.setViewportSize(NARROW);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await checkA11y(page);
  await shot(page, "issue-hostile");
  await page.goto(`/e/${experiment}/issues/iss-nobody`);
  await expect(page.getByText("Issue not found")).toBeVisible();
  await checkA11y(page);
});
