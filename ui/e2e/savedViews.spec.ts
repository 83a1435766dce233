// Saved views of the trace list.
import type { Page } from "@playwright/test";
import { expect, SERVER, test } from "./kit";
import { call, makeExperiment } from "./rest";

const LIST = "/e/clients/traces";
const rows = (page: Page) => page.getByRole("grid", { name: "Traces" }).locator("[data-trace]");
const param = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

test("a view can be saved and restored", async ({ page }) => {
  const name = `failing ${Date.now()}`;
  await page.goto(`${LIST}?q=${encodeURIComponent("session = 's-0'")}&sort=${encodeURIComponent("execution_time DESC")}`);
  await expect(rows(page)).toHaveCount(4);
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByLabel("Name of the view").fill(name);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name, exact: true })).toBeVisible();
  await page.goto(LIST);
  await expect(rows(page)).toHaveCount(12);
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("button", { name, exact: true }).click();
  await expect(rows(page)).toHaveCount(4);
  expect([param(page, "q"), param(page, "sort")]).toEqual(["session = 's-0'", "execution_time DESC"]);
});

test("a saved view is named on the button after a reload, too", async ({ page }) => {
  const name = `named ${Date.now()}`;
  await page.goto(`${LIST}?q=${encodeURIComponent("session = 's-2'")}`);
  await page.getByRole("button", { name: "Views", exact: true }).click();
  await page.getByLabel("Name of the view").fill(name);
  await page.keyboard.press("Enter");
  await expect(page.getByText(`View “${name}” saved`)).toBeVisible();
  await page.reload();
  await expect(page.getByRole("button", { name: `Views: ${name}` })).toBeVisible();
});

test("saved views are moved by keys and by their menu, and keep their places", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), `views ${Date.now()}`);
  for (const name of ["alpha", "beta", "gamma"]) {
    await call(SERVER(), `/api/3.0/kansoku/experiments/${experiment}/views`, { name, state: `q=name+%3D+'${name}'` });
  }
  const views = page.getByRole("list", { name: "Saved views" }).getByRole("button", { name: /^(alpha|beta|gamma)$/ });
  await page.goto(`/e/${experiment}/traces`);
  await page.getByRole("button", { name: "Views", exact: true }).click();
  await expect(views).toHaveText(["alpha", "beta", "gamma"]);
  await views.nth(2).focus();
  await page.keyboard.press("Alt+ArrowUp");
  await expect(views).toHaveText(["alpha", "gamma", "beta"]);
  await expect(views.nth(1)).toBeFocused();
  await page.getByRole("button", { name: "Actions for alpha" }).click();
  await page.getByRole("menuitem", { name: /Move down/ }).click();
  await expect(views).toHaveText(["gamma", "alpha", "beta"]);
  await page.reload();
  await page.getByRole("button", { name: "Views", exact: true }).click();
  await expect(views).toHaveText(["gamma", "alpha", "beta"]);
});
