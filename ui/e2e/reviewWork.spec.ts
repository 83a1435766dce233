// A review queue is worked through, by keyboard alone.
import type { Page } from "@playwright/test";
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { call, makeExperiment } from "./rest";
import { answer, answersOf, be, itemsOf, makeQuestion, makeQueue, makeTraces, openItems, PASS_FAIL, position, unique } from "./reviewQueues";

const pageWidth = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth);

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
  expect(await pageWidth(page)).toBeLessThanOrEqual(NARROW.width);
  await checkA11y(page);
  await shot(page, "review-work");
  for (const tab of ["items", "agreement"]) {
    await page.goto(`/e/${experiment}/review/${queue}?tab=${tab}`);
    await expect(page.getByRole("tab", { selected: true })).toBeVisible();
    expect(await pageWidth(page)).toBeLessThanOrEqual(NARROW.width);
  }
  for (const tab of ["queues", "questions"]) {
    await page.goto(`/e/${experiment}/review?tab=${tab}`);
    await expect(page.getByRole("row").nth(1)).toBeVisible();
    expect(await pageWidth(page)).toBeLessThanOrEqual(NARROW.width);
    await checkA11y(page);
    await shot(page, `review-${tab}`);
  }
});
