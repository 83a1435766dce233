// Review queues: made, filled, worked through by keyboard alone, and measured.
import type { Page } from "@playwright/test";
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { call, makeExperiment, sendTrace } from "./rest";

const unique = (name: string) => `${name}-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;

interface Assessment {
  assessment_name: string;
  rationale?: string;
  source: { source_type: string; source_id: string };
  feedback?: { value: unknown };
  expectation?: { value?: unknown; serialized_value?: { value: string } };
  valid?: boolean;
}

async function makeTraces(experiment: string, count: number): Promise<string[]> {
  const traces: string[] = [];
  for (let at = 0; at < count; at++) {
    traces.push(await sendTrace(SERVER(), experiment, [
      { name: "answer", attributes: { "mlflow.spanInputs": JSON.stringify({ question: `Question ${at}?` }), "mlflow.spanOutputs": JSON.stringify(`Answer ${at}.`) } },
    ]));
  }
  return traces;
}

async function makeQuestion(experiment: string, name: string, input: object, more: object = {}): Promise<string> {
  const { label_schema } = await call<{ label_schema: { schema_id: string } }>(SERVER(), "/api/3.0/mlflow/label-schemas/create", {
    experiment_id: experiment, name, type: "FEEDBACK", input, enable_comment: true, ...more,
  });
  return label_schema.schema_id;
}

const PASS_FAIL = { pass_fail: { positive_label: "Correct", negative_label: "Wrong" } };

async function makeQueue(experiment: string, schemaIds: string[], traces: string[], users: string[] = []): Promise<string> {
  const { review_queue } = await call<{ review_queue: { queue_id: string } }>(SERVER(), "/api/3.0/mlflow/review-queues/create", {
    experiment_id: experiment, name: unique("queue"), queue_type: "CUSTOM", users, schema_ids: schemaIds,
  });
  if (traces.length) await call(SERVER(), "/api/3.0/mlflow/review-queues/items/add", { queue_id: review_queue.queue_id, item_type: "TRACE", item_ids: traces });
  return review_queue.queue_id;
}

async function itemsOf(queue: string): Promise<{ item_id: string; status: string; completed_by?: string }[]> {
  const { items } = await call<{ items: { item_id: string; status: string; completed_by?: string }[] }>(SERVER(), `/api/3.0/mlflow/review-queues/items/list?queue_id=${queue}`);
  return items;
}

/** The valid assessments of a trace: `ana is_correct=true: a comment`. */
async function answersOf(trace: string): Promise<string[]> {
  const { trace: { trace_info } } = await call<{ trace: { trace_info: { assessments?: Assessment[] } } }>(SERVER(), `/api/3.0/mlflow/traces/${trace}`);
  return (trace_info.assessments ?? []).filter(({ valid }) => valid !== false).map(({ assessment_name, source, feedback, expectation, rationale }) => {
    const value = feedback ? feedback.value : (expectation?.serialized_value?.value ?? expectation?.value);
    return `${source.source_id} ${assessment_name}=${JSON.stringify(value)}${rationale ? `: ${rationale}` : ""}`;
  }).sort();
}

const answer = (trace: string, person: string, name: string, value: unknown) =>
  call(SERVER(), `/api/3.0/mlflow/traces/${trace}/assessments`, { assessment: { assessment_name: name, trace_id: trace, source: { source_type: "HUMAN", source_id: person }, feedback: { value } } });

async function be(page: Page, person: string): Promise<void> {
  await page.addInitScript((name) => localStorage.setItem("kansoku.reviewer", name), person);
}

const position = (page: Page) => page.locator(".review-panel-head b");
const openItems = async (queue: string) => (await itemsOf(queue)).filter(({ status }) => status === "PENDING").length;
const isNarrow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth);

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

test("ten traces are reviewed by keyboard alone, from the trace list to the last answer", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("ten"));
  const traces = await makeTraces(experiment, 10);
  await makeQuestion(experiment, "is_correct", PASS_FAIL, { enable_comment: false });
  await makeQuestion(experiment, "tone", { categorical: { options: ["kind", "neutral", "rude"] } }, { enable_comment: false });
  await be(page, "ana");
  await page.goto(`/e/${experiment}/traces`);
  await expect(page.locator(".grid-row[data-id], [role=row]").nth(10)).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("Control+a");
  await expect(page.getByText("10 traces selected")).toBeVisible();
  await page.getByRole("button", { name: "Review", exact: true }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Send 10 traces to review" });
  await expect(dialog.getByLabel("Name")).toBeFocused();
  await page.keyboard.type("Ten answers");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await expect(dialog.getByRole("checkbox", { checked: true })).toHaveCount(2);
  await dialog.getByLabel("Name").focus();
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();

  await page.keyboard.press("g");
  await page.keyboard.press("w");
  await expect(page.getByRole("link", { name: "Ten answers" })).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(position(page)).toHaveText("Trace 1 of 10");
  await expect(page.getByText("10 left")).toBeVisible();
  await expect(page.getByText(/^Answer \d\.$/)).toBeVisible();
  await checkA11y(page);
  await shot(page, "review-work");
  for (let at = 1; at <= 10; at++) {
    await expect(position(page)).toHaveText(`Trace ${at} of 10`);
    await page.keyboard.press(at % 2 ? "y" : "n");
    await page.keyboard.press("3");
    await page.keyboard.press("Enter");
  }
  await expect(page.getByText("All traces are reviewed")).toBeVisible();
  await shot(page, "review-done");
  await expect.poll(() => openItems(page.url().split("/").at(-1)!.split("?")[0]!)).toBe(0);
  const answers = await Promise.all(traces.map(answersOf));
  expect(answers.every(([first, second]) => first?.startsWith("ana is_correct=") && second === 'ana tone="rude"')).toBe(true);
  expect(answers.filter(([first]) => first === "ana is_correct=true")).toHaveLength(5);
});

test("quick and clumsy keys do no harm: keys during a save, a double Enter, letters in a comment", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("clumsy"));
  const traces = await makeTraces(experiment, 4);
  const queue = await makeQueue(experiment, [await makeQuestion(experiment, "is_correct", PASS_FAIL)], traces);
  await be(page, "ana");
  // Saves are slow.
  await page.route(/\/assessments$/, async (route) => { await new Promise((done) => setTimeout(done, 400)); await route.continue(); });
  await page.goto(`/e/${experiment}/review/${queue}`);
  await expect(position(page)).toHaveText("Trace 1 of 4");
  const order = (await page.evaluate(async (id) => ((await (await fetch(`/ajax-api/3.0/mlflow/review-queues/items/list?queue_id=${id}`)).json()) as { items: { item_id: string }[] }).items, queue))
    .map(({ item_id }) => item_id).sort();

  // The comment has all letters that are shortcuts elsewhere.
  await page.keyboard.press("y");
  await page.keyboard.press("c");
  await page.keyboard.type("synudciv 123 [] JK");
  await expect(page.getByLabel("Comment on is_correct")).toHaveValue("synudciv 123 [] JK");
  await page.keyboard.press("Enter");
  await page.keyboard.type("two lines");
  await expect(position(page)).toHaveText("Trace 1 of 4");
  await page.keyboard.press("Escape");
  // The second Enter comes while the first save runs, on a trace without answers.
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(position(page)).toHaveText("Trace 2 of 4");
  await expect(page.getByText("Answer a question, or skip the trace")).toBeVisible();
  // These keys are for the second trace, though the first is still being saved.
  await page.keyboard.press("n");
  await page.keyboard.press("Enter");
  await page.keyboard.press("y");
  await page.keyboard.press("Enter");
  await expect(position(page)).toHaveText("Trace 4 of 4");
  await expect.poll(() => openItems(queue)).toBe(1);
  expect(await answersOf(order[0]!)).toEqual(["ana is_correct=true: synudciv 123 [] JK\ntwo lines"]);
  expect(await answersOf(order[1]!)).toEqual(["ana is_correct=false"]);
  expect(await answersOf(order[2]!)).toEqual(["ana is_correct=true"]);
  expect(await answersOf(order[3]!)).toEqual([]);
});

test("skip, decline and undo: skipped traces come again, and an undone review is open with its answers", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("undo"));
  const traces = await makeTraces(experiment, 3);
  const queue = await makeQueue(experiment, [await makeQuestion(experiment, "is_correct", PASS_FAIL, { enable_comment: false })], traces);
  await be(page, "ana");
  await page.goto(`/e/${experiment}/review/${queue}`);
  await expect(position(page)).toHaveText("Trace 1 of 3");
  await page.keyboard.press("s");
  await expect(position(page)).toHaveText("Trace 2 of 3");
  await page.keyboard.press("d");
  await expect(position(page)).toHaveText("Trace 3 of 3");
  await expect.poll(async () => (await itemsOf(queue)).filter(({ status, completed_by }) => status === "DECLINED" && completed_by === "ana").length).toBe(1);
  await page.keyboard.press("y");
  await page.keyboard.press("Enter");
  // Only the skipped one is left.
  await expect(position(page)).toHaveText("Trace 1 of 3");
  await page.keyboard.press("n");
  await page.keyboard.press("Enter");
  await expect(page.getByText("All traces are reviewed")).toBeVisible();
  await expect.poll(() => openItems(queue)).toBe(0);

  await page.keyboard.press("u");
  await expect(position(page)).toHaveText("Trace 1 of 3");
  await expect(page.getByRole("button", { name: "is_correct: Wrong" })).toHaveAttribute("aria-pressed", "true");
  await expect.poll(() => openItems(queue)).toBe(1);
  // Then the answer itself.
  await page.keyboard.press("u");
  await expect(page.getByRole("button", { name: "is_correct: Wrong" })).toHaveAttribute("aria-pressed", "false");
  const undone = (await itemsOf(queue)).find(({ status }) => status === "PENDING")!;
  await expect.poll(() => answersOf(undone.item_id)).toEqual([]);
});

test("drafts survive a reload, and a save that fails is kept and tried again", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("draft"));
  const traces = await makeTraces(experiment, 2);
  const note = await makeQuestion(experiment, "expected_answer", { text: {} }, { type: "EXPECTATION", enable_comment: false });
  const queue = await makeQueue(experiment, [note], traces);
  await be(page, "ana");
  await page.goto(`/e/${experiment}/review/${queue}`);
  await expect(position(page)).toHaveText("Trace 1 of 2");
  await page.keyboard.press("i");
  await page.keyboard.type("It should say \"no\".");
  await page.reload();
  await expect(page.getByRole("textbox", { name: "expected_answer" })).toHaveValue('It should say "no".');
  const first = new URL(page.url()).searchParams.get("t")!;

  let fails = true;
  await page.route(/\/assessments$/, (route) => (fails ? route.fulfill({ status: 500, contentType: "application/json", body: JSON.stringify({ error_code: "INTERNAL_ERROR", message: "the disk is full" }) }) : route.continue()));
  await page.keyboard.press("i");
  await page.keyboard.type(" Please.");
  await page.keyboard.press("Control+Enter");
  await expect(position(page)).toHaveText("Trace 2 of 2");
  await expect(page.getByText("1 review not saved: the disk is full")).toBeVisible();
  await checkA11y(page);
  await shot(page, "review-failed");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(position(page)).toHaveText("Trace 1 of 2");
  await expect(page.getByRole("textbox", { name: "expected_answer" })).toHaveValue('It should say "no". Please.');
  expect(await openItems(queue)).toBe(2);
  fails = false;
  await page.getByRole("textbox", { name: "expected_answer" }).focus();
  await page.keyboard.press("Control+Enter");
  await expect(position(page)).toHaveText("Trace 2 of 2");
  await expect(page.getByText("not saved")).toHaveCount(0);
  await expect.poll(() => answersOf(first)).toEqual(['ana expected_answer="It should say \\"no\\". Please."']);
});

test("what another reviewer completed meanwhile stays theirs, and my answers are saved beside", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("meanwhile"));
  const traces = await makeTraces(experiment, 2);
  const queue = await makeQueue(experiment, [await makeQuestion(experiment, "is_correct", PASS_FAIL)], traces, ["ana", "ben"]);
  await be(page, "Ana");
  await page.goto(`/e/${experiment}/review/${queue}`);
  await expect(position(page)).toHaveText("Trace 1 of 2");
  await page.keyboard.press("y");
  const first = new URL(page.url()).searchParams.get("t")!;
  await answer(first, "ben", "is_correct", false);
  await call(SERVER(), "/api/3.0/mlflow/review-queues/items/set-status", { queue_id: queue, item_id: first, status: "COMPLETE", completed_by: "ben" });
  await page.keyboard.press("Enter");
  await expect(page.getByText("Already completed by ben")).toBeVisible();
  expect((await itemsOf(queue)).find(({ item_id }) => item_id === first)).toMatchObject({ status: "COMPLETE", completed_by: "ben" });
  expect(await answersOf(first)).toEqual(["Ana is_correct=true", "ben is_correct=false"]);
  await page.keyboard.press("[");
  await expect(page.locator(".review-panel-head")).toContainText("already completed by ben");
  // Undo removes my answer alone.
  await page.keyboard.press("u");
  await expect.poll(() => answersOf(first)).toEqual(["ben is_correct=false"]);
  expect((await itemsOf(queue)).find(({ item_id }) => item_id === first)).toMatchObject({ status: "COMPLETE", completed_by: "ben" });
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

test("everyone answers all: traces that others completed are open until I answered them", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("everyone"));
  const traces = await makeTraces(experiment, 2);
  const queue = await makeQueue(experiment, [await makeQuestion(experiment, "is_correct", PASS_FAIL)], traces);
  for (const trace of traces) {
    await answer(trace, "ben", "is_correct", true);
    await call(SERVER(), "/api/3.0/mlflow/review-queues/items/set-status", { queue_id: queue, item_id: trace, status: "COMPLETE", completed_by: "ben" });
  }
  await be(page, "ana");
  await page.goto(`/e/${experiment}/review/${queue}`);
  await expect(page.getByText("All traces are reviewed")).toBeVisible();
  await page.getByRole("button", { name: "Everyone answers all" }).click();
  // The clicked button keeps the focus, and must not receive the Enter that saves.
  await expect(page.getByText("2 left")).toBeVisible();
  for (let at = 1; at <= 2; at++) {
    await expect(position(page)).toHaveText(`Trace ${at} of 2`);
    await page.keyboard.press("y");
    await page.keyboard.press("Enter");
  }
  await expect(page.getByText("You have answered all traces")).toBeVisible();
  await expect.poll(async () => (await Promise.all(traces.map(answersOf))).flat()).toEqual(["ana is_correct=true", "ben is_correct=true", "ana is_correct=true", "ben is_correct=true"]);
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

test("a reviewed trace goes to a dataset, and the keys work again when the dialog is closed", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("to-dataset"));
  const traces = await makeTraces(experiment, 1);
  const queue = await makeQueue(experiment, [await makeQuestion(experiment, "is_correct", PASS_FAIL)], traces);
  await page.goto(`/e/${experiment}/review/${queue}`);
  await expect(page.getByText("Answer 0.")).toBeVisible();
  await page.keyboard.press("a");
  const dialog = page.getByRole("dialog", { name: "Add 1 trace to a dataset" });
  await expect(dialog).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await page.keyboard.press("y");
  await page.keyboard.press("Enter");
  await expect(page.getByText("All traces are reviewed")).toBeVisible();
  await expect.poll(() => answersOf(traces[0]!)).toEqual(["default is_correct=true"]);
  await page.getByRole("button", { name: "Add to a dataset" }).click();
  await expect(dialog).toBeVisible();
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

test("hostile and long texts stay texts, and narrow screens fit", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("review of odd texts"));
  const [trace] = await makeTraces(experiment, 1);
  const long = "x".repeat(200);
  const schemas = [
    await makeQuestion(experiment, `<img src=x onerror=alert(1)>${long}`, { categorical: { options: ["<script>alert(2)</script>", `\u202e${"y".repeat(60)}`] } }, { instruction: `<b>${long}</b>` }),
    await makeQuestion(experiment, "free", { text: {} }),
  ];
  const queue = await makeQueue(experiment, schemas, [trace!]);
  await page.setViewportSize(NARROW);
  await page.goto(`/e/${experiment}/review/${queue}`);
  await expect(page.getByText("<script>alert(2)</script>")).toBeVisible();
  expect(await isNarrow(page)).toBeLessThanOrEqual(NARROW.width);
  await checkA11y(page);
  await shot(page, "review-work");
  for (const tab of ["items", "agreement"]) {
    await page.goto(`/e/${experiment}/review/${queue}?tab=${tab}`);
    await expect(page.getByRole("tab", { selected: true })).toBeVisible();
    expect(await isNarrow(page)).toBeLessThanOrEqual(NARROW.width);
  }
  for (const tab of ["queues", "questions"]) {
    await page.goto(`/e/${experiment}/review?tab=${tab}`);
    await expect(page.getByRole("row").nth(1)).toBeVisible();
    expect(await isNarrow(page)).toBeLessThanOrEqual(NARROW.width);
    await checkA11y(page);
    await shot(page, `review-${tab}`);
  }
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
