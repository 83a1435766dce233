// The heads of lists look alike: title, search field and button on one line, and aligned with the table.
import { expect, NARROW, test } from "./kit";
import { newExperiment, sendTrace } from "./otlp";
import { twoVersions } from "./twoVersions";

let experiment: string;

test.beforeAll(async () => {
  experiment = await newExperiment("heads");
  await sendTrace(experiment, [{ name: "ask", startMs: 0, durationMs: 10 }]);
});

for (const [path, title, button] of [
  ["/", "Experiments", "New experiment"],
  ["/e/ID/datasets", "Datasets", "New dataset"],
  ["/e/ID/scorers", "Scorers", "New check"],
  ["/e/ID/prompts", "Prompts", "New prompt"],
  ["/e/ID/issues", "Issues", "New issue"],
] as const) {
  test(`the head of ${title}`, async ({ page }) => {
    await page.goto(path.replace("ID", experiment));
    const head = page.getByRole("heading", { level: 1, name: title });
    const create = page.getByRole("button", { name: button }).first();
    const find = page.getByRole("searchbox", { name: /^Find an? / });
    await expect(find).toBeVisible();
    const [a, b, c] = [await head.boundingBox(), await find.boundingBox(), await create.boundingBox()];
    expect(Math.abs(b!.y - c!.y)).toBeLessThan(2);
    expect(Math.abs(a!.y + a!.height / 2 - c!.y - c!.height / 2)).toBeLessThan(3);
    const content = await page.locator("main .page").evaluate((main) => main.getBoundingClientRect().right - parseFloat(getComputedStyle(main).paddingRight));
    expect(Math.abs(c!.x + c!.width - content)).toBeLessThan(2);

    await page.setViewportSize(NARROW);
    await expect.poll(async () => (await find.boundingBox())!.y).toBeGreaterThan((await create.boundingBox())!.y);
    expect(await page.locator("main").evaluate((main) => main.scrollWidth - main.clientWidth)).toBe(0);
  });
}

test("boxes to select rows take no more room than they need", async ({ page }) => {
  const { id } = await twoVersions(`boxes ${Date.now()}`);
  await page.goto(`/e/${id}?by=version`);
  const cell = page.locator("td:has(> input[type=checkbox])").first();
  await expect(cell).toBeVisible();
  expect((await cell.boundingBox())!.width).toBeLessThan(44);
});
