// Pages of things that do not exist: a heading, the reason, and the way to the list.
import { checkA11y, expect, shot, test } from "./kit";
import { newExperiment } from "./otlp";

let experiment: string;

test.beforeAll(async () => {
  experiment = await newExperiment("not found");
});

for (const [path, heading, list] of [
  ["runs/00000000000000000000000000000000", "Run not found", "See all runs"],
  ["evaluations/00000000000000000000000000000000", "Evaluation not found", "See all evaluations"],
  ["prompts/nothing-of-this-name", "Prompt not found", "See all prompts"],
  ["datasets/d-00000000000000000000000000000000", "Dataset not found", "See all datasets"],
  ["review/nothing", "Review queue not found", "See all review queues"],
  ["issues/iss-nothing", "Issue not found", "See all issues"],
  ["versions/m-00000000000000000000000000000000", "Agent version not found", "See all versions"],
  ["sessions/nothing", "Session not found", "See all sessions"],
] as const) {
  test(`${heading}: ${list}`, async ({ page }) => {
    await page.goto(`/e/${experiment}/${path}`);
    await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
    await expect(page.getByRole("main").getByText("It was deleted, or the address is incomplete.")).toBeVisible();
    await checkA11y(page);
    await shot(page, `not-found-${path.split("/")[0]}`);
    await page.getByRole("link", { name: list }).click();
    await expect(page).toHaveURL(new RegExp(`/e/${experiment}/${path.split("/")[0]}$`));
  });
}

test("an address without a page has a heading of its own", async ({ page }) => {
  await page.goto("/no/such/page");
  await expect(page.getByRole("heading", { level: 1, name: "Page not found" })).toBeVisible();
  await checkA11y(page);
});
