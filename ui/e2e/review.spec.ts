// Review queues: made, edited, listed, filled, and measured.
import { checkA11y, expect, SERVER, shot, test } from "./kit";
import { call, makeExperiment } from "./rest";
import { answer, be, itemsOf, makeQuestion, makeQueue, makeTraces, openItems, PASS_FAIL, position, unique } from "./reviewQueues";

test("an experiment without queues explains them; a queue is created with a new question", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("review"));
  await be(page, "ana");
  await page.goto(`/e/${experiment}/review`);
  await expect(page.getByText("No review queues yet")).toBeVisible();
  await checkA11y(page);
  await shot(page, "review-empty");

  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog", { name: "New review queue" });
  await expect(dialog.getByLabel("Name")).toBeFocused();
  await page.keyboard.type("Refunds <b>& more</b>");
  await dialog.getByRole("button", { name: "New question…" }).click();
  const question = page.getByRole("dialog", { name: "New question" });
  await question.getByLabel("Name").fill("tone");
  await question.getByLabel("Answer", { exact: true }).selectOption("one");
  await question.getByLabel("Options").fill("kind\nneutral\nrude");
  await checkA11y(page);
  await shot(page, "review-question");
  await question.getByRole("button", { name: "Create" }).click();
  await expect(question).toBeHidden();
  await expect(dialog.getByLabel("Name")).toHaveValue("Refunds <b>& more</b>");
  await expect(dialog.getByRole("checkbox", { name: /tone/ })).toBeChecked();
  await dialog.getByLabel("Reviewers").fill("Ana, ben");
  await dialog.getByLabel("Instructions").fill("Judge only the last answer.");
  await checkA11y(page);
  await shot(page, "review-new-queue");
  // Esc asks before it discards what was typed.
  await page.keyboard.press("Escape");
  await expect(dialog.getByText("Discard what you typed?")).toBeVisible();
  await dialog.getByRole("button", { name: "Keep editing" }).click();
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(page.getByText("This queue has no traces yet")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Refunds <b>& more</b>" })).toBeVisible();
});

test("a queue is edited with its instructions, and deleted with them", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("edited"));
  const queue = await makeQueue(experiment, [await makeQuestion(experiment, "is_correct", PASS_FAIL)], [], ["ana"]);
  await call(SERVER(), "/api/2.0/mlflow/experiments/set-experiment-tag", { experiment_id: experiment, key: `kansoku.review.instructions.${queue}`, value: "Judge only the last answer." });
  await be(page, "ana");
  await page.goto(`/e/${experiment}/review`);
  const row = page.getByRole("row", { name: /queue-/ });
  await expect(row).toContainText("yours");
  await row.getByRole("button", { name: /Actions/ }).click();
  await page.getByRole("menuitem", { name: "Edit…" }).click();
  const edit = page.getByRole("dialog", { name: "Edit the queue" });
  await expect(edit.getByLabel("Instructions")).toHaveValue("Judge only the last answer.");
  await edit.getByLabel("Name").fill("Refunds");
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("link", { name: "Refunds", exact: true })).toBeVisible();

  await page.getByRole("row", { name: /Refunds/ }).getByRole("button", { name: /Actions/ }).click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No review queues yet")).toBeVisible();
  const { experiment: { tags = [] } } = await call<{ experiment: { tags?: { key: string }[] } }>(SERVER(), `/api/2.0/mlflow/experiments/get?experiment_id=${experiment}`);
  expect(tags.filter(({ key }) => key.startsWith("kansoku.review."))).toEqual([]);
});

test("a failed save keeps the dialog with what was typed and the server’s message", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("review-failed"));
  const schema = await makeQuestion(experiment, "is_correct", PASS_FAIL);
  await call(SERVER(), "/api/3.0/mlflow/review-queues/create", { experiment_id: experiment, name: "Taken", queue_type: "CUSTOM", schema_ids: [schema] });
  await page.goto(`/e/${experiment}/review`);
  await page.getByRole("button", { name: "New queue" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("taken");
  await dialog.getByRole("checkbox", { name: /is_correct/ }).check();
  await dialog.getByLabel("Instructions").fill("Long instructions.");
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(dialog.getByRole("alert")).toContainText("exists already");
  await expect(dialog.getByLabel("Instructions")).toHaveValue("Long instructions.");
});

test("questions are listed with the queues that ask them, edited and deleted; the default one stays", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("questions"));
  const schema = await makeQuestion(experiment, "is_correct", PASS_FAIL, { instruction: "Is it **right**?" });
  await makeQuestion(experiment, "stars", { numeric: { min_value: 1, max_value: 5 } }, { type: "EXPECTATION" });
  await makeQueue(experiment, [schema], []);
  await page.goto(`/e/${experiment}/review?tab=questions`);
  const row = page.getByRole("row", { name: /is_correct/ });
  await expect(row).toContainText("Correct / Wrong");
  await expect(page.getByRole("row", { name: /stars/ })).toContainText("Number from 1 to 5");
  await expect(page.getByRole("row", { name: /Feedback/ })).toContainText("default");
  await checkA11y(page);
  await shot(page, "review-questions");
  await row.getByRole("button", { name: "is_correct", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Edit the question" });
  await expect(dialog.getByLabel("Answer", { exact: true })).toBeDisabled();
  await dialog.getByLabel("Positive label").fill("Right");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("Right / Wrong");
  await row.getByRole("button", { name: /Actions/ }).click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  await expect(page.getByRole("dialog")).toContainText("A queue asks it");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(row).toHaveCount(0);
  await expect(page.getByRole("row", { name: /stars/ })).toBeVisible();
});

test("agreement of two reviewers with their disagreements, which open the trace", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("agreement"));
  const traces = await makeTraces(experiment, 6);
  const schemas = [await makeQuestion(experiment, "is_correct", PASS_FAIL), await makeQuestion(experiment, "stars", { numeric: { min_value: 1, max_value: 5 } })];
  const queue = await makeQueue(experiment, schemas, traces);
  await page.goto(`/e/${experiment}/review/${queue}?tab=agreement`);
  await expect(page.getByText("No trace has answers of two reviewers yet")).toBeVisible();
  for (const [at, trace] of traces.entries()) {
    await answer(trace, "ana", "is_correct", at < 3);
    await answer(trace, "Ben", "is_correct", at < 3 && at !== 2);
    await answer(trace, "ana", "stars", 5);
    await answer(trace, "ben", "stars", at === 0 ? 1 : 5);
  }
  await page.reload();
  const row = page.getByRole("row", { name: /is_correct/ }).first();
  // Five of six are the same; half are expected by chance.
  await expect(row).toContainText("0.67");
  await expect(row).toContainText("Cohen’s κ");
  await expect(row).toContainText("83 %");
  await expect(page.getByRole("row", { name: /stars/ }).first()).toContainText("Krippendorff’s α");
  await expect(page.getByText("2 rows")).toBeVisible();
  await checkA11y(page);
  await shot(page, "review-agreement");
  await page.getByLabel("Question").selectOption("is_correct");
  await expect(page.getByText("1 row", { exact: true })).toBeVisible();
  const disagreement = page.getByRole("region", { name: "Disagreements" }).getByRole("row").nth(1);
  await expect(disagreement).toContainText("ana Correct");
  await expect(disagreement).toContainText("ben Wrong");
  await disagreement.getByRole("link").click();
  await expect(page).toHaveURL(new RegExp(`t=${traces[2]}`));
});

test("the trace page sends its trace to review, and says when it is in the queue already", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("send"));
  const [trace] = await makeTraces(experiment, 1);
  const queue = await makeQueue(experiment, [await makeQuestion(experiment, "is_correct", PASS_FAIL)], []);
  await page.goto(`/t/${trace}`);
  const open = async () => {
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Send to review…" }).click();
  };
  await open();
  const dialog = page.getByRole("dialog", { name: "Send 1 trace to review" });
  await expect(dialog.getByLabel("Queue")).toHaveValue(queue);
  await dialog.getByRole("button", { name: "Send to review" }).click();
  await expect(page.getByText(/1 trace sent to review/)).toBeVisible();
  expect((await itemsOf(queue)).map(({ item_id }) => item_id)).toEqual([trace]);
  await open();
  await expect(dialog.getByText("The trace is in this queue already")).toBeVisible();
  await checkA11y(page);
});

test("the traces of a queue are listed by status, reopened and removed; missing queues and traces say so", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("items"));
  const traces = await makeTraces(experiment, 3);
  const queue = await makeQueue(experiment, [await makeQuestion(experiment, "is_correct", PASS_FAIL)], traces);
  await call(SERVER(), "/api/3.0/mlflow/review-queues/items/set-status", { queue_id: queue, item_id: traces[1], status: "COMPLETE", completed_by: "ben" });
  await page.goto(`/e/${experiment}/review/${queue}?tab=items&status=complete`);
  const row = page.getByRole("row", { name: /Question 1/ });
  await expect(row).toContainText("ben");
  await expect(page.getByRole("row")).toHaveCount(2);
  await checkA11y(page);
  await shot(page, "review-items");
  await row.getByRole("button", { name: /Actions/ }).click();
  await page.getByRole("menuitem", { name: "Reopen" }).click();
  await expect(page.getByText("No traces with this status")).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(page.getByRole("row")).toHaveCount(4);
  await page.getByRole("row", { name: /Question 0/ }).getByRole("button", { name: /Actions/ }).click();
  await page.getByRole("menuitem", { name: "Remove from the queue" }).click();
  await expect(page.getByRole("row")).toHaveCount(3);

  await page.goto(`/e/${experiment}/review/${queue}?t=${traces[0]}`);
  await expect(page.getByText("This trace is not in the queue")).toBeVisible();
  await page.getByRole("button", { name: "Go on with the queue" }).click();
  await expect(position(page)).toHaveText("Trace 1 of 2");
  await page.goto(`/e/${experiment}/review/nobody`);
  await expect(page.getByText("Review queue not found")).toBeVisible();
});

test("progress is one request, whatever the number of queues", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("progress"));
  const question = await makeQuestion(experiment, "is_correct", PASS_FAIL);
  const traces = await makeTraces(experiment, 3);
  const queues: string[] = [];
  for (let at = 0; at < 4; at++) queues.push(await makeQueue(experiment, [question], at === 0 ? [] : traces.slice(0, at), ["ana"]));
  for (const [trace, status] of [[traces[0], "COMPLETE"], [traces[1], "DECLINED"]]) {
    await call(SERVER(), "/api/3.0/mlflow/review-queues/items/set-status", { queue_id: queues[3], item_id: trace, status, completed_by: "ana" });
  }
  const requested: string[] = [];
  page.on("request", (request) => requested.push(new URL(request.url()).pathname.replace("/ajax-api/3.0/", "")));
  await page.goto(`/e/${experiment}/review`);
  const progress = page.getByRole("region", { name: "Review queues" }).locator("tbody tr");
  await expect(progress.filter({ hasText: "2 of 3" })).toContainText("ana 2");
  await expect(progress.filter({ hasText: "0 of 2" })).toHaveCount(1);
  await expect(progress.filter({ hasText: "no traces yet" })).toHaveCount(1);
  expect(requested.filter((path) => path.endsWith("/review-queues/progress"))).toHaveLength(1);
  expect(requested.filter((path) => path.endsWith("items/list"))).toEqual([]);

  // It is counted again after a review.
  await page.goto(`/e/${experiment}/review/${queues[1]}`);
  await expect(position(page)).toHaveText("Trace 1 of 1");
  await page.keyboard.press("y");
  await page.keyboard.press("Enter");
  await expect.poll(() => openItems(queues[1]!)).toBe(0);
  await page.getByRole("link", { name: "← Review" }).click();
  await expect(progress.filter({ hasText: "1 of 1" })).toHaveCount(1);
});

test("traces are sent to review from the list by one key", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("by key"));
  const queue = await makeQueue(experiment, [await makeQuestion(experiment, "is_correct", PASS_FAIL)], []);
  await makeTraces(experiment, 3);
  await page.goto(`/e/${experiment}/traces`);
  await expect(page.getByRole("grid", { name: "Traces" }).locator("[data-trace]")).toHaveCount(3);
  await page.keyboard.press("Shift+R");
  await expect(page.getByText("Choose a trace first")).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("Shift+R");
  await expect(page.getByRole("dialog", { name: "Send 1 trace to review" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("Shift+R");
  const dialog = page.getByRole("dialog", { name: "Send 2 traces to review" });
  await expect(dialog).toBeVisible();
  await dialog.getByRole("button", { name: /^(Send|Add)/ }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(() => openItems(queue)).toBe(2);
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts and help" });
  await expect(help.getByText("Send to a review queue")).toBeVisible();
});
