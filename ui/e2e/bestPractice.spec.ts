// Accessibility rules beyond WCAG: the order of headings, the names of landmarks, and that all content is inside of a landmark.
import AxeBuilder from "@axe-core/playwright";
import { checkA11y, expect, shot, test } from "./kit";
import { type TwoVersions, twoVersions } from "./twoVersions";

let given: TwoVersions;

test.beforeAll(async () => {
  given = await twoVersions(`best practice ${Date.now()}`);
});

for (const [path, ready] of [
  ["/", "Experiments"],
  ["/e/ID?by=version", "By version"],
  ["/e/ID/traces?group=version", "Traces by version"],
  ["/e/ID/sessions", "Sessions"],
  ["/e/ID/quality?feedback=correct", "Correlated with negative feedback"],
  ["/e/ID/compare", "Metrics"],
] as const) {
  test(`headings and landmarks of ${path}`, async ({ page }) => {
    await page.goto(path.replace("ID", given.id));
    await expect(page.getByRole("region", { name: ready, exact: true })).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).withTags(["best-practice"]).analyze();
    expect(violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.html.slice(0, 200)).slice(0, 4).join(" | ")}`)).toEqual([]);
  });
}

for (const screen of ["", "traces", "steps", "sessions", "quality", "compare", "evaluations", "datasets", "prompts", "review", "issues", "versions", "runs", "scorers", "alerts"]) {
  test(`at 1024 px, /e/ID/${screen} fits and violates no accessibility rule`, async ({ page }) => {
    await page.setViewportSize({ width: 1024, height: 800 });
    await page.goto(`/e/${given.id}/${screen}`);
    await expect(page.getByRole("main")).toBeVisible();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1024);
    await checkA11y(page);
    await shot(page, `middle-${screen || "overview"}`);
  });
}
