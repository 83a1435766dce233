// What people come for, from the first screen to the answer. A failure and a text in a tool's output
// are in readingTasks, a comparison in compareSides, a copied call in modelCall, an export in traces.
import type { Page } from "@playwright/test";
import { expect, shot, test } from "./kit";
import { type TwoVersions, twoVersions } from "./twoVersions";

let given: TwoVersions;

test.beforeAll(async () => {
  given = await twoVersions(`tasks ${Date.now()}`);
});

const filter = (page: Page) => page.getByRole("combobox", { name: "Filter traces" });
const list = (page: Page) => page.getByRole("grid", { name: "Traces" }).locator("[data-trace]");

test("the slowest step across a version: from the overview to a trace that has it", async ({ page }) => {
  await page.goto(`/e/${given.id}`);
  await page.getByRole("link", { name: "Steps", exact: true }).click();
  await filter(page).fill("version = '1.0'");
  await page.keyboard.press("Enter");
  const steps = page.getByRole("region", { name: "Steps" });
  // What traces wait for longest is first.
  const slowest = steps.getByRole("row").nth(1);
  await expect(slowest).toContainText("ChatCompletion");
  await expect(slowest.getByRole("link", { name: "30", exact: true }).first()).toBeVisible();
  await shot(page, "task-slowest-step");
  // The first is the number of calls, the second that of traces.
  await slowest.getByRole("link", { name: "30", exact: true }).nth(1).click();
  await expect(page.getByText("30 traces").first()).toBeVisible();
  await page.getByTitle("Sort by duration", { exact: true }).first().click();
  await list(page).first().locator('[data-column="time"]').click();
  await expect(page.getByRole("region", { name: "Trace", exact: true }).getByRole("treeitem", { name: /ChatCompletion/ })).toBeVisible();
});

test("a user is followed: from one trace to all of theirs, to a conversation, turn by turn", async ({ page }) => {
  await page.goto(`/e/${given.id}/traces?cols=time,input,user,session`);
  const user = list(page).first().locator('[data-column="user"]');
  const name = await user.innerText();
  await user.click({ modifiers: ["Alt"] });
  await expect(filter(page)).toHaveValue(`user = '${name}'`);
  await expect(page.getByText("12 traces").first()).toBeVisible();
  await page.getByRole("link", { name: "Sessions", exact: true }).click();
  await filter(page).fill(`user = '${name}'`);
  await page.keyboard.press("Enter");
  const sessions = page.getByRole("region", { name: "Sessions" }).getByRole("row");
  // Three traces a session, one of them theirs at most.
  await expect(sessions).toHaveCount(13);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await sessions.nth(1).getByRole("link").first().click();
  await expect(page.getByRole("article", { name: "Turn 1", exact: true })).toContainText("Where is order");
  await page.getByRole("article", { name: "Turn 1", exact: true }).getByRole("link", { name: "Open the trace" }).click();
  await expect(page.getByRole("heading", { name: "support_agent", level: 1 })).toBeVisible();
  await expect(page.getByText(/turn 1\/3/)).toBeVisible();
  await page.getByRole("link", { name: "Next turn" }).click();
  await expect(page.getByText(/turn 2\/3/)).toBeVisible();
});

test("bad feedback on a version, and what it shares", async ({ page }) => {
  await page.goto(`/e/${given.id}/quality?feedback=correct`);
  await filter(page).fill("version = '1.0'");
  await page.keyboard.press("Enter");
  const shared = page.getByRole("region", { name: "Correlated with negative feedback" });
  await expect(shared.getByRole("row").nth(1)).toContainText("the store timed out");
  await expect(shared.getByRole("row").nth(1)).toContainText("8 of 8");
  await shot(page, "task-bad-feedback");
  await shared.getByRole("row").nth(1).getByRole("link", { name: "8", exact: true }).click();
  await expect(list(page)).toHaveCount(8);
  await list(page).first().locator('[data-column="time"]').click();
  await expect(page.getByRole("region", { name: "Trace", exact: true }).getByRole("toolbar", { name: "Panel" })).toContainText("vector_search: TimeoutError");
});

test("cost by model and by user, down to the dearest trace", async ({ page }) => {
  await page.goto(`/e/${given.id}?by=user`);
  const models = page.getByRole("region", { name: "Models" });
  await expect(models.getByRole("row", { name: /slow-model/ })).toContainText("$0.099");
  await expect(models.getByRole("row", { name: /quick-model/ })).toContainText("$0.036");
  const users = page.getByRole("region", { name: "By user", exact: true });
  await users.getByRole("button", { name: "Cost", exact: true }).click();
  await expect(users.getByRole("columnheader", { name: "Cost", exact: true })).toHaveAttribute("aria-sort", "descending");
  await shot(page, "task-cost");
  const dearest = users.getByRole("row").nth(1);
  const user = (await dearest.getByRole("rowheader").innerText()).trim();
  await dearest.getByRole("rowheader").getByRole("link").click();
  await expect(filter(page)).toHaveValue(`user = '${user}'`);
  await page.getByTitle("Sort by cost", { exact: true }).first().click();
  await expect(page).toHaveURL(/cost/);
  await expect.poll(async () => {
    const costs = (await list(page).locator('[data-column="cost"]').allInnerTexts()).map((cost) => Number(cost.replace("$", "")));
    return costs.length > 1 && costs.every((cost, at) => at === 0 || cost <= costs[at - 1]!) && costs[0]! > 0.003;
  }).toBe(true);
});
