// The trace list: filter, time range, table, and actions on rows.
import type { Page } from "@playwright/test";
import { experimentId, checkA11y, expect, NARROW, SERVER, shot, test, traceIds } from "./kit";

const LIST = "/e/clients/traces";
const grid = (page: Page) => page.getByRole("grid", { name: "Traces" });
const rows = (page: Page) => grid(page).locator("[data-trace]");
const filter = (page: Page) => page.getByRole("combobox", { name: "Filter traces" });
const param = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

/** Sends traces for a test that changes or deletes them. */
async function send(experiment: string, { name = "made_by_a_test", traces = 1, agoMs = 0 } = {}): Promise<string[]> {
  const id = (length: number) => Array.from({ length }, () => Math.floor(Math.random() * 16).toString(16)).join("");
  // Read once, so that the first trace is the newest even if making them takes long.
  const newest = Date.now() - agoMs;
  const spans = Array.from({ length: traces }, (_, at) => {
    const start = (BigInt(newest - at) * 1_000_000n).toString();
    return { traceId: id(32), spanId: id(16), name, startTimeUnixNano: start, endTimeUnixNano: (BigInt(start) + 5_000_000n).toString() };
  });
  await post(experiment, spans);
  return spans.map((span) => `tr-${span.traceId}`);
}

async function post(experiment: string, spans: object[]): Promise<void> {
  const answer = await fetch(`${SERVER()}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-mlflow-experiment-id": await experimentId(experiment) },
    body: JSON.stringify({ resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ spans }] }] }),
  });
  expect(answer.status).toBe(200);
}

async function ownExperiment(name: string): Promise<string> {
  const unique = `${name}-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;
  await fetch(`${SERVER()}/api/2.0/mlflow/experiments/create`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name: unique }),
  });
  return unique;
}

test("shows input, error in red, and metrics of traces", async ({ page }) => {
  await page.goto(LIST);
  await expect(rows(page).first()).toContainText("How do I reset my API key?");
  const failing = rows(page).filter({ hasText: "(5)" });
  await expect(failing.locator(".error-text")).toHaveText(/search_docs: TimeoutError: vector store timed out/);
  await expect(failing.getByRole("img", { name: "ok, with failed spans" })).toBeVisible();
  await expect(page.locator(".summary")).toContainText("12 traces");
  await expect(page.locator(".summary")).toContainText("3 recovered");
  await checkA11y(page);
  await shot(page, "traces");
});

test("a row has two lines on a narrow screen, and everything can be reached", async ({ page }) => {
  await page.setViewportSize(NARROW);
  await page.goto(LIST);
  await expect(rows(page).first()).toContainText("How do I reset my API key?");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await checkA11y(page);
  await shot(page, "traces");
});

test("a filter is completed from existing values, and the address keeps it over a reload", async ({ page }) => {
  await page.goto(LIST);
  await expect(rows(page)).toHaveCount(12);
  await page.keyboard.press("/");
  await expect(filter(page)).toBeFocused();
  await page.keyboard.type("sess");
  await expect(page.getByRole("option").first()).toContainText("session");
  await page.keyboard.press("Tab");
  await page.keyboard.type("= ");
  await expect(page.getByRole("option", { name: /'s-1'/ })).toContainText("4 traces");
  await shot(page, "traces-completion");
  await checkA11y(page);
  await page.keyboard.type("'s-1'");
  await page.keyboard.press("Enter");
  await expect(rows(page)).toHaveCount(4);
  expect(param(page, "q")).toBe("session = 's-1'");
  await page.reload();
  await expect(rows(page)).toHaveCount(4);
  await expect(filter(page)).toHaveValue("session = 's-1'");
  await page.goBack();
  await expect(rows(page)).toHaveCount(12);
});

test("the mistake in a filter is marked at its position", async ({ page }) => {
  await page.goto(`${LIST}?q=${encodeURIComponent("name = 'é' AND state = 'OK'")}`);
  await expect(page.locator(".filter-mirror .wrong")).toHaveText("state");
  await expect(filter(page)).toHaveAttribute("aria-invalid", "true");
  await expect(page.locator(".filter-problem")).toContainText("Use 'status'");
  await checkA11y(page);
  await page.getByRole("button", { name: "Clear filter" }).click();
  await expect(rows(page)).toHaveCount(12);
});

test("Esc closes the suggestions, then leaves, and never changes what was typed", async ({ page }) => {
  await page.goto(`${LIST}?q=${encodeURIComponent("session = 's-1'")}`);
  await expect(rows(page)).toHaveCount(4);
  await filter(page).focus();
  await filter(page).fill("sess");
  await expect(page.getByRole("listbox", { name: "Suggestions" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("listbox", { name: "Suggestions" })).toBeHidden();
  await expect(filter(page)).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(filter(page)).not.toBeFocused();
  await expect(filter(page)).toHaveValue("sess");
  expect(param(page, "q")).toBe("session = 's-1'");
});

test("the same filter can be written with the form", async ({ page }) => {
  await page.goto(`${LIST}?form=on`);
  await page.getByRole("button", { name: "Condition", exact: true }).click();
  await page.getByLabel("Field").selectOption("session");
  await page.getByLabel("Value", { exact: true }).fill("s-2");
  await page.keyboard.press("Enter");
  await expect(rows(page)).toHaveCount(4);
  expect(param(page, "q")).toBe("session = 's-2'");
  await checkA11y(page);
  await shot(page, "traces-form");
  await page.getByRole("button", { name: "Remove session = 's-2'" }).click();
  await expect(rows(page)).toHaveCount(12);
});

test("an empty result names the condition that excludes all traces, and offers to remove it", async ({ page }) => {
  await page.goto(`${LIST}?q=${encodeURIComponent("session = 's-1' AND name = 'nobody'")}`);
  const blame = page.getByRole("listitem").filter({ hasText: "name = 'nobody'" });
  await expect(blame).toContainText("4 traces");
  await checkA11y(page);
  await shot(page, "traces-none");
  await blame.getByRole("button", { name: "Remove it" }).click();
  await expect(rows(page)).toHaveCount(4);
});

test("an empty time range offers to show the newest trace", async ({ page }) => {
  const experiment = await ownExperiment("old");
  await send(experiment, { name: "long_ago", agoMs: 9 * 86_400_000 });
  await page.goto(`/e/${experiment}/traces`);
  await expect(page.getByText("The newest trace is from 9d ago")).toBeVisible();
  await page.getByRole("button", { name: "Show it" }).click();
  await expect(rows(page)).toHaveCount(1);
});

test("dragging over the histogram zooms in, a double click out", async ({ page }) => {
  const experiment = await ownExperiment("histogram");
  for (const hours of [1, 30, 60, 90]) await send(experiment, { agoMs: hours * 3_600_000, name: `h${hours}` });
  await page.goto(`/e/${experiment}/traces`);
  await expect(rows(page)).toHaveCount(4);
  const bars = page.getByRole("group", { name: "Traces over time" });
  const box = (await bars.boundingBox())!;
  const at = (hours: number) => box.x + box.width * (1 - hours / (7 * 24));
  await page.mouse.move(at(70), box.y + 20);
  await page.mouse.down();
  await page.mouse.move(at(50), box.y + 20, { steps: 4 });
  await page.mouse.move(at(20), box.y + 20, { steps: 4 });
  await page.mouse.up();
  await expect(rows(page)).toHaveCount(2);
  expect(Number(param(page, "to")) - Number(param(page, "from"))).toBeGreaterThan(45 * 3_600_000);
  await page.reload();
  await expect(rows(page)).toHaveCount(2);
  await bars.dblclick();
  await expect(rows(page)).toHaveCount(4);
  await page.goBack();
  await expect(rows(page)).toHaveCount(2);
});

test("keys zoom the histogram, too", async ({ page }) => {
  await page.goto(LIST);
  await expect(rows(page)).toHaveCount(12);
  await page.getByRole("group", { name: "Traces over time" }).focus();
  await page.keyboard.press("ArrowLeft");
  await expect(page.locator(".histogram-tip")).toBeVisible();
  await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("Enter");
  await expect.poll(() => Number(param(page, "to")) - Number(param(page, "from"))).toBeGreaterThan(3_600_000);
});

test("keys alone select bars, filter, move, open, select rows and group", async ({ page }) => {
  await page.goto(LIST);
  await expect(rows(page)).toHaveCount(12);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await expect(grid(page)).toBeFocused();
  const second = await rows(page).nth(1).getAttribute("data-trace");
  await expect(grid(page)).toHaveAttribute("aria-activedescendant", `row-${second}`);
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("X");
  await expect(page.getByText("3 traces selected")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByText("3 traces selected")).toBeHidden();
  // The menu of a cell, by keys: keeps traces with at least this duration.
  await page.keyboard.press("Home");
  for (let step = 0; step < 6; step++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press(".");
  await expect(page.getByRole("menuitem").first()).toContainText("Only at least");
  await page.keyboard.press("Escape");
  await expect(grid(page)).toBeFocused();
  // The row of the column titles sorts.
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("columnheader", { name: "Duration" })).toHaveAttribute("aria-sort", "descending");
  expect(param(page, "sort")).toBe("execution_time DESC");
  await expect(page.locator(".traces-main")).toHaveAttribute("aria-busy", "false");
  // Opens the trace beside the list, then the next one, then goes back.
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Trace", exact: true })).toBeVisible();
  const first = param(page, "t");
  await expect(page.getByRole("region", { name: "Trace", exact: true }).getByText("support_agent").first()).toBeVisible();
  await page.keyboard.press("J");
  await expect.poll(() => param(page, "t")).not.toBe(first);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("region", { name: "Trace", exact: true })).toBeHidden();
  await expect(grid(page)).toBeFocused();
});

test("the trace beside the list is in the address", async ({ page }) => {
  const [id] = await traceIds("clients", "session = 's-1'", 1);
  await page.goto(`${LIST}?t=${id}`);
  await expect(page.getByRole("region", { name: "Trace", exact: true })).toContainText("search_docs");
  await checkA11y(page);
  await shot(page, "traces-pane");
  const edge = page.getByRole("separator", { name: "Width of the trace" });
  await edge.focus();
  const before = Number(await edge.getAttribute("aria-valuenow"));
  await page.keyboard.press("ArrowLeft");
  await expect(edge).toHaveAttribute("aria-valuenow", String(before + 2));
});

test("Alt-click filters by a value, Shift-click excludes it", async ({ page }) => {
  await page.goto(`${LIST}?cols=time,input,session`);
  const cell = rows(page).first().locator('[data-column="session"]');
  await expect(cell).toHaveText("s-2");
  await cell.click({ modifiers: ["Alt"] });
  await expect(rows(page)).toHaveCount(4);
  expect(param(page, "q")).toBe("session = 's-2'");
  await page.goBack();
  await expect(rows(page)).toHaveCount(12);
  await cell.click({ modifiers: ["Shift"] });
  await expect(rows(page)).toHaveCount(8);
  expect(param(page, "q")).toBe("NOT session = 's-2'");
});

test("clicking a metric of the summary filters by it", async ({ page }) => {
  await page.goto(LIST);
  await page.getByRole("button", { name: "3 recovered" }).click();
  await expect(rows(page)).toHaveCount(3);
  await page.getByRole("button", { name: "3 recovered" }).click();
  await expect(rows(page)).toHaveCount(12);
});

test("columns can be chosen and moved, and the address keeps them", async ({ page }) => {
  await page.goto(LIST);
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: /^env/ }).check();
  await page.getByRole("checkbox", { name: "Shape" }).uncheck();
  await checkA11y(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("columnheader", { name: "env" })).toBeVisible();
  await expect(rows(page).first().locator('[data-column="tag:env"]')).toHaveText("prod");
  expect(param(page, "cols")).toContain("tag:env");
  await page.reload();
  await expect(page.getByRole("columnheader", { name: "Shape" })).toHaveCount(0);
  await expect(page.getByRole("columnheader", { name: "env" })).toBeVisible();
});

test("thousands of traces are loaded page by page with few rows in the DOM", async ({ page }) => {
  const experiment = await ownExperiment("many");
  const ids = await send(experiment, { traces: 1200 });
  await page.goto(`/e/${experiment}/traces`);
  await expect(rows(page).first()).toBeVisible();
  await grid(page).focus();
  for (let step = 0; step < 30; step++) {
    await page.keyboard.press("End");
    if ((await grid(page).getAttribute("aria-rowcount")) === "1201") break;
    await page.waitForTimeout(150);
  }
  await expect(grid(page)).toHaveAttribute("aria-rowcount", "1201");
  await page.keyboard.press("End");
  await expect(grid(page).locator(`[data-trace="${ids.at(-1)}"]`)).toBeVisible();
  expect(await rows(page).count()).toBeLessThan(60);
  await page.keyboard.press("Home");
  await expect(grid(page).locator(`[data-trace="${ids[0]}"]`)).toBeVisible();
});

test("new traces appear at the top of the list, and wait while it is scrolled", async ({ page }) => {
  const experiment = await ownExperiment("live");
  await send(experiment, { traces: 80, name: "before" });
  await page.goto(`/e/${experiment}/traces`);
  await expect(rows(page).first()).toBeVisible();
  await page.mouse.move(5, 5);
  const [first] = await send(experiment, { name: "came_by_itself" });
  await expect(grid(page).locator(`[data-trace="${first}"]`)).toBeVisible();
  await page.locator(".grid-scroll").evaluate((element) => element.scrollTo({ top: 600 }));
  const [held] = await send(experiment, { name: "has_to_wait" });
  const newRows = page.getByRole("button", { name: "1 new ↑" });
  await expect(newRows).toBeVisible();
  await shot(page, "traces-live");
  await expect(grid(page).locator(`[data-trace="${held}"]`)).toHaveCount(0);
  await newRows.click();
  await expect(rows(page).first()).toHaveAttribute("data-trace", held!);
});

test("a running trace is updated in place when it ends", async ({ page }) => {
  const experiment = await ownExperiment("running");
  const id = (length: number) => Array.from({ length }, () => Math.floor(Math.random() * 16).toString(16)).join("");
  const [traceId, root] = [id(32), id(16)];
  const start = BigInt(Date.now()) * 1_000_000n;
  const span = (spanId: string, name: string, more: object) => ({
    traceId, spanId, name, startTimeUnixNano: String(start), endTimeUnixNano: String(start + 9_000_000n), ...more,
  });
  await post(experiment, [span(id(16), "a_step", { parentSpanId: root })]);
  await page.goto(`/e/${experiment}/traces`);
  await expect(rows(page).first().getByRole("img", { name: "running" })).toBeVisible();
  await post(experiment, [span(root, "whole", {})]);
  await expect(rows(page).first().getByRole("img", { name: "ok" })).toBeVisible();
  await expect(rows(page)).toHaveCount(1);
});

test("many traces can be tagged, assessed and deleted at once", async ({ page }) => {
  const experiment = await ownExperiment("bulk");
  await send(experiment, { traces: 5 });
  await page.goto(`/e/${experiment}/traces?cols=time,input,tag:reviewed,assessments`);
  await expect(rows(page)).toHaveCount(5);
  await page.getByRole("checkbox", { name: "Select all loaded traces" }).check();
  await expect(page.getByText("5 traces selected")).toBeVisible();
  await page.getByRole("button", { name: "Tag", exact: true }).click();
  await page.getByLabel("Key", { exact: true }).fill("reviewed");
  await page.getByLabel("Value", { exact: true }).fill("yes");
  await checkA11y(page);
  await page.getByRole("button", { name: "Set the tag" }).click();
  await expect(page.getByText("5 traces tagged.")).toBeVisible();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await expect(rows(page).first().locator('[data-column="tag:reviewed"]')).toHaveText("yes");

  await page.getByRole("button", { name: "Assess" }).click();
  await page.getByLabel("Name").fill("is_helpful");
  await page.getByRole("button", { name: "Save the feedback" }).click();
  await expect(page.getByText("5 traces assessed.")).toBeVisible();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await expect(rows(page).first().locator('[data-column="assessments"]')).toContainText("is_helpful");

  await rows(page).first().getByRole("checkbox").click();
  await shot(page, "traces-selection");
  await checkA11y(page);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete 4 traces" }).click();
  await expect(page.getByText("4 traces deleted.")).toBeVisible();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await expect(rows(page)).toHaveCount(1);
  expect(await traceIds(experiment, "")).toHaveLength(1);
});

test("a key gives a thumb, and takes it back", async ({ page }) => {
  const experiment = await ownExperiment("thumbs");
  await send(experiment);
  await page.goto(`/e/${experiment}/traces`);
  await expect(rows(page)).toHaveCount(1);
  await page.keyboard.press("j");
  await page.keyboard.press("-");
  await expect(rows(page).first().locator('[data-column="assessments"] .badge.error')).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(rows(page).first().locator('[data-column="assessments"] .badge')).toHaveCount(0);
});

test("selected traces are exported", async ({ page }) => {
  await page.goto(LIST);
  await rows(page).first().getByRole("checkbox").click();
  await rows(page).nth(1).getByRole("checkbox").click();
  for (const [name, lines] of [["JSON Lines", 2], ["CSV", 3], ["OTLP", 2]] as const) {
    await page.getByRole("button", { name: "Export" }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: new RegExp(name) }).click();
    const stream = await (await download).createReadStream();
    let text = "";
    for await (const chunk of stream) text += String(chunk);
    expect(text.trim().split("\n"), name).toHaveLength(lines);
  }
});

test("two selected traces are compared", async ({ page }) => {
  await page.goto(LIST);
  await expect(rows(page)).toHaveCount(12);
  const ids = await Promise.all([0, 1].map((at) => rows(page).nth(at).getAttribute("data-trace")));
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("c");
  await expect(page).toHaveURL(/\/compare\?/);
  expect([param(page, "a"), param(page, "b")]).toEqual(ids);
});

test("a selection under another filter is cleared", async ({ page }) => {
  await page.goto(LIST);
  await rows(page).first().getByRole("checkbox").click();
  await expect(page.getByText("1 trace selected")).toBeVisible();
  await page.getByRole("button", { name: "3 recovered" }).click();
  await expect(rows(page)).toHaveCount(3);
  await expect(page.getByRole("region", { name: "Selected traces" })).toBeHidden();
});

test("traces can be grouped, and a group opens its traces", async ({ page }) => {
  await page.goto(LIST);
  await page.getByRole("button", { name: "Group" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Session" }).click();
  const group = page.getByRole("row").filter({ hasText: "s-1" });
  await expect(group).toContainText("4");
  expect(param(page, "group")).toBe("session");
  await checkA11y(page);
  await shot(page, "traces-groups");
  await group.getByRole("button", { name: "s-1" }).click();
  await expect(rows(page)).toHaveCount(4);
});

test("hostile names are shown as text", async ({ page }) => {
  const number = await experimentId("hostile");
  await page.goto(`/e/${number}/traces?cols=outcome,time,name,input,output,session,user,assessments,tag:evil-0`);
  await expect(rows(page)).toHaveCount(5);
  await expect(page.getByText('<img src=x onerror=').first()).toBeVisible();
  await expect(rows(page).filter({ hasText: "\\u202egnp.exe" }).first()).toBeVisible();
  expect(await page.title()).not.toContain("hacked");
  await expect(page.locator(".grid img")).toHaveCount(0);
  for (const at of [0, 1, 2, 3, 4]) {
    await rows(page).nth(at).locator('[data-column="name"]').click({ button: "right" });
    await page.getByRole("menuitem").first().click();
    await expect(rows(page).first()).toBeVisible();
    await page.goBack();
    await expect(rows(page)).toHaveCount(5);
  }
  await shot(page, "traces-hostile");
  await checkA11y(page);
});

test("an experiment without traces explains how to send one, and shows it when it arrives", async ({ page }) => {
  const experiment = await ownExperiment("first");
  await page.goto(`/e/${experiment}/traces`);
  await expect(page.getByText("Waiting for the first trace")).toBeVisible();
  await checkA11y(page);
  await send(experiment, { name: "the_first" });
  await expect(rows(page)).toHaveCount(1);
});

test("columns are remembered per experiment", async ({ page }) => {
  const experiment = await ownExperiment("columns");
  await send(experiment);
  await page.goto(`/e/${experiment}/traces`);
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: "Shape" }).uncheck();
  await expect(page.getByRole("columnheader", { name: "Shape" })).toHaveCount(0);
  await page.goto(LIST);
  await expect(rows(page)).toHaveCount(12);
  await expect(page.getByRole("columnheader", { name: "Shape" })).toBeVisible();
  await page.goto(`/e/${experiment}/traces`);
  await expect(rows(page)).toHaveCount(1);
  await expect(page.getByRole("columnheader", { name: "Shape" })).toHaveCount(0);
});

test("the form lists the values of a field with fixed values", async ({ page }) => {
  await page.goto(`${LIST}?form=on`);
  await page.getByRole("button", { name: "Condition", exact: true }).click();
  await page.getByLabel("Field").selectOption("status");
  const value = page.getByRole("combobox", { name: "Value" });
  await expect(value.getByRole("option")).toHaveText(["choose", "OK", "ERROR", "IN_PROGRESS"]);
  await value.selectOption("OK");
  await page.getByRole("button", { name: "Apply the condition" }).click();
  await expect(rows(page)).toHaveCount(12);
  expect(param(page, "q")).toBe("status = 'OK'");
});
