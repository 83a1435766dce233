import { checkA11y, expect, NARROW, shot, test } from "./kit";
import { newExperiment, sendTrace, support } from "./otlp";

let experiment: string;

test.beforeAll(async () => {
  experiment = await newExperiment("spans");
  const begin = Date.now() - 600_000;
  for (let n = 0; n < 4; n++) await sendTrace(experiment, support({ fails: n % 2 === 0 }), { session: `s-${n}`, beginMs: begin + n * 60_000 });
});

const spansOf = (q = "") => `/e/${experiment}/traces?rows=spans${q && `&q=${encodeURIComponent(q)}`}`;

test("the list switches to spans and back, and keeps the filter", async ({ page }) => {
  await page.goto(`/e/${experiment}/traces?q=${encodeURIComponent("span.name = 'vector_search'")}`);
  await expect(page.getByRole("grid", { name: "Traces" })).toBeVisible();
  const rows = page.getByRole("group", { name: "Rows" });
  await rows.getByRole("button", { name: "Spans" }).click();
  await expect(page).toHaveURL(/rows=spans/);
  const grid = page.getByRole("grid", { name: "Spans" });
  await expect(grid.locator("[data-key]")).toHaveCount(4);
  await expect(page.locator(".summary")).toContainText("4 spans");
  await expect(page.locator(".summary")).toContainText("2 failed");
  for (const row of await grid.locator("[data-key]").all()) await expect(row).toContainText("vector_search");
  await page.goBack();
  await expect(page.getByRole("grid", { name: "Traces" })).toBeVisible();
  await page.goForward();
  await expect(grid.locator("[data-key]")).toHaveCount(4);
  await rows.getByRole("button", { name: "Traces" }).click();
  await expect(page.getByRole("grid", { name: "Traces" })).toBeVisible();
  await expect(page).not.toHaveURL(/rows=/);
  await expect(page).toHaveURL(/vector_search/);
});

test("a filter is asked of each span by itself", async ({ page }) => {
  await page.goto(spansOf());
  const grid = page.getByRole("grid", { name: "Spans" });
  await expect(page.locator(".summary")).toContainText("32 spans");
  const filter = page.getByRole("combobox", { name: "Filter spans" });
  await filter.fill("span.duration >= 5s AND span.status = 'ERROR' ");
  await filter.press("Enter");
  await expect(page.locator(".summary")).toContainText("4 spans");
  await expect(grid.getByRole("row", { name: /vector_search/ })).toHaveCount(2);
  await expect(grid.getByRole("row", { name: /search_docs/ })).toHaveCount(2);
  await filter.fill("NOT span.type = 'CHAT_MODEL' AND session = 's-1' ");
  await filter.press("Enter");
  await expect(page.locator(".summary")).toContainText("6 spans");
  await filter.fill("\"rotating the secret\" ");
  await filter.press("Enter");
  // Two retrievals and, where they did not fail, two more; the answers say "rotated".
  await expect(grid.getByRole("row", { name: /keyword_search/ })).toHaveCount(4);
  await expect(grid.getByRole("row", { name: /vector_search/ })).toHaveCount(2);
});

test("a row opens its trace at the span, by keys too", async ({ page }) => {
  await page.goto(spansOf("span.type = 'CHAT_MODEL' AND session = 's-3'"));
  const grid = page.getByRole("grid", { name: "Spans" });
  await expect(grid.locator("[data-key]")).toHaveCount(2);
  await grid.locator("[data-key]").last().click();
  const pane = page.getByRole("region", { name: "Trace", exact: true });
  await expect(pane).toBeVisible();
  const inAddress = () => new URL(page.url()).searchParams.get("s");
  const earlier = inAddress();
  await expect(pane.locator("[role=treeitem][aria-selected=true], [role=row][aria-selected=true]").first()).toContainText("ChatCompletion");
  await page.keyboard.press("Shift+K");
  await expect.poll(inAddress).not.toBe(earlier);
  await page.goBack();
  await expect(pane).toBeHidden();
  await grid.focus();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(pane).toBeVisible();
  await expect.poll(inAddress).toBe(earlier);
});

test("a cell filters, and columns are chosen", async ({ page }) => {
  await page.goto(spansOf());
  const grid = page.getByRole("grid", { name: "Spans" });
  await grid.locator("[data-column=type]", { hasText: "GUARDRAIL" }).first().click({ button: "right" });
  await page.getByRole("menuitem", { name: "Only span.type GUARDRAIL" }).click();
  await expect(page.locator(".summary")).toContainText("4 spans");
  await page.getByRole("button", { name: "Columns" }).click();
  const picker = page.getByRole("dialog", { name: "Columns" });
  await picker.getByRole("checkbox", { name: "Span id" }).check();
  await page.keyboard.press("Escape");
  await expect(grid.getByRole("columnheader", { name: "Span id" })).toBeVisible();
  await page.reload();
  await expect(grid.getByRole("columnheader", { name: "Span id" })).toBeVisible();
  // Those of traces are others.
  await page.goto(`/e/${experiment}/traces`);
  await expect(page.getByRole("columnheader", { name: "Shape" })).toBeVisible();
});

test("a figure above the list narrows it, and a saved view keeps the kind of rows", async ({ page }) => {
  await page.goto(spansOf("span.type = 'RETRIEVER'"));
  await page.locator(".summary").getByRole("button", { name: /failed/ }).click();
  await expect(page.locator(".summary")).toContainText("2 spans");
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("textbox", { name: "Name of the view" }).fill("failed retrievals");
  await page.getByRole("button", { name: "Save" }).click();
  await page.goto(`/e/${experiment}/traces`);
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("button", { name: "failed retrievals", exact: true }).click();
  await expect(page.getByRole("grid", { name: "Spans" }).locator("[data-key]")).toHaveCount(2);
});

test("spans are saved as a file", async ({ page }) => {
  await page.goto(spansOf("span.type = 'RETRIEVER'"));
  await page.getByRole("button", { name: "Export" }).click();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: /CSV/ }).click()]);
  expect(file.suggestedFilename()).toMatch(/^spans-\d+\.csv$/);
});

test("all columns fit at 1440 px, and the title of the outcome is for screen readers", async ({ page }) => {
  await page.goto(spansOf());
  const grid = page.getByRole("grid", { name: "Spans" });
  await expect(grid.locator("[data-key]").first()).toBeVisible();
  await expect(grid.getByRole("columnheader", { name: "Outcome" }).locator(".ellipsis")).toHaveCount(0);
  expect(await page.locator(".grid-scroll").evaluate((scroller) => scroller.scrollWidth - scroller.clientWidth)).toBe(0);
});

test("nothing found and a filter that cannot be read say so", async ({ page }) => {
  await page.goto(spansOf("span.name = 'nobody' AND span.type = 'TOOL'"));
  await expect(page.getByRole("heading", { name: "No spans found" })).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "without span.name" })).toContainText("4 spans");
  await page.getByRole("listitem").filter({ hasText: "without span.name" }).getByRole("button", { name: "Remove it" }).click();
  await expect(page.getByRole("grid", { name: "Spans" }).locator("[data-key]")).toHaveCount(4);
  await page.goto(spansOf("nonsense = 1"));
  await expect(page.getByRole("combobox", { name: "Filter spans" })).toHaveAttribute("aria-invalid", "true");
});

test("percentiles of a step open the spans that took longer", async ({ page }) => {
  await page.goto(`/e/${experiment}/steps`);
  const step = page.getByRole("region", { name: "Steps" }).getByRole("row", { name: /ChatCompletion/ });
  await step.getByRole("link", { name: "2.32 s" }).first().click();
  await expect(page).toHaveURL(/rows=spans/);
  await expect(page.getByRole("grid", { name: "Spans" }).locator("[data-key]")).toHaveCount(4);
});

for (const [width, size] of [["wide", { width: 1440, height: 900 }], ["narrow", NARROW]] as const) {
  test(`it looks and reads well, ${width}`, async ({ page }) => {
    await page.setViewportSize(size);
    await page.goto(spansOf());
    await expect(page.getByRole("grid", { name: "Spans" }).locator("[data-key]").first()).toBeVisible();
    await expect(page.locator(".summary")).toContainText("spans");
    await checkA11y(page);
    await shot(page, "spans");
    const beyond = await page.locator("main").evaluate((main) => main.scrollWidth - main.clientWidth);
    expect(beyond).toBe(0);
  });
}
