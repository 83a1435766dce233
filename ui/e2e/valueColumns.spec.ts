// Columns and filters of what the data has: values of inputs, outputs and attributes by their paths.
import type { Download, Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { checkA11y, expect, shot, test } from "./kit";
import { newExperiment, sendTrace } from "./otlp";

let experiment: string;

test.beforeAll(async () => {
  experiment = await newExperiment("values");
  for (const [nth, customer] of ["c-7", "c-8", "c-9"].entries()) {
    await sendTrace(experiment, [
      {
        name: `ask ${nth}`, type: "AGENT", startMs: nth, durationMs: 100,
        inputs: { customer: { id: customer, tier: nth + 1 }, question: `Where is order ${nth}?` },
        outputs: { answer: { score: nth / 4, text: "On its way." } },
        attributes: { "app.tenant": `tenant-${nth}` },
      },
      {
        name: "lookup", type: "TOOL", parent: 0, startMs: nth + 10, durationMs: 20,
        inputs: { order: { number: 100 + nth }, customer: { id: `of the tool ${nth}` } }, outputs: { found: nth === 1 },
        attributes: { "app.shard": `shard-${nth}` },
      },
    ]);
  }
});

const grid = (page: Page) => page.getByRole("grid", { name: "Traces" });
const rows = (page: Page) => grid(page).locator("[data-trace]");
const cells = (page: Page, field: string) => grid(page).locator(`.grid-body [data-column="value:${field}"]`);
const picker = (page: Page) => page.getByRole("dialog", { name: "Columns" });

test("paths found in the data become columns, and one that is typed, too", async ({ page }) => {
  await page.goto(`/e/${experiment}/traces`);
  await expect(rows(page)).toHaveCount(3);
  await page.getByRole("button", { name: "Columns" }).click();
  const find = picker(page).getByRole("textbox", { name: "Find a column" });
  await find.fill("customer");
  await expect(picker(page).getByText("c-9")).toBeVisible();
  await picker(page).getByRole("checkbox", { name: "inputs.customer.id" }).check();
  await picker(page).getByRole("checkbox", { name: "inputs.customer.tier" }).check();
  await find.fill("attributes.app.tenant");
  await expect(picker(page).getByRole("checkbox", { name: "attributes.app.tenant" })).toBeVisible();
  await find.fill("outputs.answer");
  await picker(page).getByRole("button", { name: "Add column “outputs.answer”" }).click();
  await page.keyboard.press("Escape");
  await expect(cells(page, "inputs.customer.id")).toHaveText(["c-9", "c-8", "c-7"]);
  await expect(cells(page, "inputs.customer.tier")).toHaveText(["3", "2", "1"]);
  await expect(cells(page, "outputs.answer").first()).toContainText('{"score":0.5');
  const aligned = await cells(page, "inputs.customer.tier").first().evaluate((cell) => {
    const text = cell.firstElementChild!.getBoundingClientRect();
    return cell.getBoundingClientRect().right - text.right;
  });
  expect(aligned).toBeLessThan(12);
  await page.reload();
  await expect(cells(page, "inputs.customer.id")).toHaveText(["c-9", "c-8", "c-7"]);
  await checkA11y(page);
  await shot(page, "traces-value-columns");
});

test("a cell filters by its value, and what is typed is offered with values of the data", async ({ page }) => {
  await page.goto(`/e/${experiment}/traces?cols=input,value:inputs.customer.id,value:inputs.customer.tier`);
  await expect(rows(page)).toHaveCount(3);
  await cells(page, "inputs.customer.id").filter({ hasText: "c-8" }).click({ modifiers: ["Alt"] });
  await expect(rows(page)).toHaveCount(1);
  const filter = page.getByRole("combobox", { name: "Filter traces" });
  await expect(filter).toHaveValue("inputs.customer.id = 'c-8'");
  await filter.fill("inputs.cust");
  await expect(page.getByRole("option", { name: /inputs\.customer\.id/ })).toBeVisible();
  await filter.fill("inputs.customer.id = ");
  await expect(page.getByRole("option", { name: /'c-7'/ })).toBeVisible();
  await filter.fill("inputs.customer.tier >= 2 AND outputs.answer.score < 0.5");
  await page.keyboard.press("Enter");
  await expect(cells(page, "inputs.customer.id")).toHaveText(["c-8"]);
});

test("values stay in their cells when a row is rated", async ({ page }) => {
  await page.goto(`/e/${experiment}/traces?cols=input,assessments,value:inputs.customer.id`);
  await expect(rows(page)).toHaveCount(3);
  await page.keyboard.press("j");
  await page.keyboard.press("+");
  await expect(grid(page).locator('.grid-body [data-column="assessments"]').first()).not.toBeEmpty();
  await expect(cells(page, "inputs.customer.id")).toHaveText(["c-9", "c-8", "c-7"]);
});

test("spans have columns of their own inputs, outputs and attributes, in files, too", async ({ page }) => {
  const spans = page.getByRole("grid", { name: "Spans" });
  const values = (field: string) => spans.locator(`.grid-body [data-column="value:${field}"]`);
  await page.goto(`/e/${experiment}/traces?rows=spans&q=${encodeURIComponent("span.name = 'lookup'")}`);
  await expect(spans.locator("[data-key]")).toHaveCount(3);
  await page.getByRole("button", { name: "Columns" }).click();
  await picker(page).getByRole("textbox", { name: "Find a column" }).fill("order.number");
  await picker(page).getByRole("checkbox", { name: "inputs.order.number" }).check();
  await picker(page).getByRole("textbox", { name: "Find a column" }).fill("shard");
  await picker(page).getByRole("checkbox", { name: "attributes.app.shard" }).check();
  await picker(page).getByRole("textbox", { name: "Find a column" }).fill("inputs.customer");
  await picker(page).getByRole("button", { name: "Add column “inputs.customer”" }).click();
  await page.keyboard.press("Escape");
  await expect(values("inputs.order.number")).toHaveText(["102", "101", "100"]);
  await expect(values("inputs.customer").first()).toHaveText('{"id":"of the tool 2"}');
  await expect(spans.getByRole("columnheader", { name: "inputs.order.number" }).getByRole("button")).toHaveCount(0);
  await page.reload();
  await expect(values("span.attributes.app.shard")).toHaveText(["shard-2", "shard-1", "shard-0"]);
  await checkA11y(page);
  await shot(page, "spans-value-columns");

  await page.getByRole("button", { name: "Export" }).click();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: /CSV/ }).click()]);
  const [head, first] = (await readText(file)).split("\r\n");
  expect(head).toMatch(/,inputs\.customer,inputs\.order\.number,span\.attributes\.app\.shard$/);
  expect(first).toMatch(/,102,shard-2$/);

  // Only conditions on attributes test the span itself.
  await values("inputs.order.number").first().click({ button: "right" });
  await expect(page.getByRole("menuitem", { name: "Open its trace here" })).toBeVisible();
  await expect(page.getByRole("menuitem", { name: /^Only / })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await values("span.attributes.app.shard").filter({ hasText: "shard-1" }).click({ modifiers: ["Alt"] });
  await expect(spans.locator("[data-key]")).toHaveCount(1);
  await expect(values("inputs.order.number")).toHaveText(["101"]);
});

test("a table of traces is saved with the values that are shown", async ({ page }) => {
  await page.goto(`/e/${experiment}/traces?cols=input,value:inputs.customer.id,value:inputs.customer.tier`);
  await expect(rows(page)).toHaveCount(3);
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.getByRole("region", { name: "Selected traces" }).getByRole("button", { name: "Export" }).click();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: /CSV/ }).click()]);
  const [head, first, end] = (await readText(file)).split("\r\n");
  expect(head).toMatch(/,inputs\.customer\.id,inputs\.customer\.tier$/);
  expect(first).toMatch(/,c-9,3$/);
  expect(end).toBe("");
});

async function readText(file: Download): Promise<string> {
  return readFileSync((await file.path())!, "utf8");
}
