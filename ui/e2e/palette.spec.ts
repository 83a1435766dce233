// The palette (Ctrl K), keys that switch screens, the help, and links to MLflow's UI.
import type { Page } from "@playwright/test";
import { checkA11y, experimentId, expect, NARROW, shot, SERVER, test, traceIds } from "./kit";
import { makeExperiment, sendTrace } from "./rest";

/** Opens the palette, which then receives keyboard input. */
async function openPalette(page: Page) {
  await expect(page.getByRole("button", { name: "Search or jump to" })).toBeVisible();
  await page.keyboard.press("Control+k");
  const input = page.getByRole("combobox", { name: "Search or jump to" });
  await expect(input).toBeFocused();
  return input;
}

test("goes to a screen and to an experiment by typing a part of its name", async ({ page }) => {
  await page.goto("/e/clients/traces");
  await expect(page.getByRole("heading").or(page.getByRole("grid")).first()).toBeVisible();
  const input = await openPalette(page);
  await checkA11y(page);
  await shot(page, "palette");
  await page.keyboard.type("sess");
  await expect(page.getByRole("option").first()).toHaveText(/^Sessions/);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/e\/clients\/sessions/);
  await expect(input).toBeHidden();

  await openPalette(page);
  await page.keyboard.type("hosti");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/e/${await experimentId("hostile")}/traces`));
});

test("arrows move through the entries and wrap around; Esc returns the focus", async ({ page }) => {
  await page.goto("/");
  const opener = page.getByRole("button", { name: "Search or jump to" });
  await opener.click();
  const input = page.getByRole("combobox", { name: "Search or jump to" });
  const chosen = page.locator('[role=option][aria-selected="true"]');
  const first = (await chosen.textContent())!;
  await page.keyboard.press("ArrowUp");
  await expect(chosen).toHaveText(/API/);
  await page.keyboard.press("ArrowDown");
  await expect(chosen).toHaveText(first);
  await expect(input).toHaveAttribute("aria-activedescendant", (await chosen.getAttribute("id"))!);
  await page.keyboard.press("Escape");
  await expect(input).toBeHidden();
  await expect(opener).toBeFocused();
});

test("a pasted trace id opens the trace, which then is among the recent traces", async ({ page }) => {
  const [id] = await traceIds("clients", "", 1);
  await page.goto("/");
  await openPalette(page);
  await page.keyboard.insertText(id!.replace("tr-", "").toUpperCase());
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${SERVER()}/t/${id}`);
  await expect(page.getByRole("navigation", { name: "Main navigation" }).getByRole("link", { name: "Sessions" })).toBeVisible();
  await page.goto("/");
  await openPalette(page);
  await page.keyboard.type("Recently opened");
  await expect(page.getByRole("option").first()).toContainText("How do I reset my API key?");
});

test("a client request id finds its trace in any experiment", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), `requests-${Date.now()}`);
  const request = `req-${Date.now()}`;
  const id = await sendTrace(SERVER(), experiment, [{ name: "ask" }]);
  const info = {
    trace_id: id, client_request_id: request, request_time: new Date().toISOString(), state: "OK", execution_duration: "0.01s",
    trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } },
  };
  const answer = await fetch(`${SERVER()}/api/3.0/mlflow/traces`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ trace: { trace_info: info } }),
  });
  expect(answer.status).toBe(200);
  await page.goto("/");
  await openPalette(page);
  await page.keyboard.insertText(request);
  await page.getByRole("option", { name: /request id/ }).click();
  await expect(page).toHaveURL(`${SERVER()}/t/${id}`);
  await openPalette(page);
  await page.keyboard.insertText("nobody-has-this");
  await page.getByRole("option", { name: /request id/ }).click();
  await expect(page.getByText("No trace has the request id nobody-has-this")).toBeVisible();
});

test("theme and time zone can be chosen, and are remembered", async ({ page }) => {
  await page.goto("/");
  await openPalette(page);
  await page.keyboard.type("theme dark");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await openPalette(page);
  await page.keyboard.type("utc");
  await page.keyboard.press("Enter");
  await page.goto("/settings");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.getByRole("radio", { name: /^UTC/ })).toBeChecked();
});

test("key sequences switch screens, unless single-letter keys are switched off", async ({ page }) => {
  await page.goto("/e/clients/sessions");
  await expect(page.getByRole("heading", { name: "Sessions" })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("r");
  await expect(page).toHaveURL(/\/e\/clients\/runs/);
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await expect(page).toHaveURL(`${SERVER()}/`);
  await page.goto("/settings");
  await page.getByRole("checkbox", { name: /single-letter/i }).uncheck();
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page).toHaveURL(/\/settings/);
  await openPalette(page);
});

test("the help lists the keys of every screen and explains filters", async ({ page }) => {
  await page.goto("/e/clients/sessions");
  await expect(page.getByRole("link", { name: "s-0" })).toBeVisible();
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts and help" });
  for (const name of ["Everywhere", "Trace list", "Trace", "Sessions", "Compare traces", "Runs", "Experiments", "Filters"]) {
    await expect(help.getByRole("heading", { name, exact: true })).toBeVisible();
  }
  await checkA11y(page);
  await shot(page, "help");
  await page.setViewportSize(NARROW);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await shot(page, "help");
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
});

test("the server accepts every filter of the help", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Experiments" })).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("heading", { name: "Filters" })).toBeVisible();
  const filters = await page.locator(".filter-examples code").allInnerTexts();
  expect(filters.length).toBeGreaterThan(8);
  for (const filter of filters) {
    const answer = await fetch(`${SERVER()}/api/3.0/kansoku/experiments/clients/traces?${new URLSearchParams({ q: filter })}`);
    expect(`${filter}: ${answer.status}`).toBe(`${filter}: 200`);
  }
});

test("links that MLflow's clients print open the matching screen", async ({ page }) => {
  const id = await experimentId("clients");
  const [trace] = await traceIds("clients", "", 1);
  await page.goto(`/#/experiments/${id}/traces?selectedEvaluationId=${trace}`);
  await expect(page).toHaveURL(`${SERVER()}/t/${trace}`);
  await page.goto(`/#/experiments/${id}/chat-sessions/s-1`);
  await expect(page).toHaveURL(`${SERVER()}/e/${id}/sessions/s-1`);
  await page.goto("/#/models/m-1");
  await expect(page.getByText("Kansoku has no page for this MLflow link")).toBeVisible();
  await expect(page.getByText("#/models/m-1")).toBeVisible();
});

test("the palette receives typed keys even before it has loaded", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), `first-palette-${Date.now()}`);
  for (let nth = 0; nth < 4; nth++) await sendTrace(SERVER(), experiment, [{ name: `checkout ${nth}` }]);
  // Delays the loading of the palette.
  await page.route(/assets\/[pP]alette/, async (route) => {
    await new Promise((wait) => setTimeout(wait, 3000));
    await route.continue();
  });
  await page.goto(`/e/${experiment}/traces`);
  await expect(page.getByRole("grid").locator("[data-trace]")).toHaveCount(4);
  await page.keyboard.press("j");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("j-checkout", { delay: 20 });
  const input = page.getByRole("combobox", { name: "Search or jump to" });
  await expect(input).toBeFocused();
  await expect(input).toHaveValue("j-checkout");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("grid").locator(".badge.error")).toHaveCount(0);
  await expect(page.getByRole("region", { name: "Trace", exact: true })).toBeHidden();
  expect(await traceIds(experiment, "feedback.user_feedback IS NOT NULL OR feedback.user_thumbs IS NOT NULL")).toEqual([]);
});

test("the keys of the current screen come first in the help", async ({ page }) => {
  for (const [path, title] of [["/e/clients/traces", "Trace list"], ["/e/clients", "Overview and quality"], ["/", "Experiments"]] as const) {
    await page.goto(path);
    await expect(page.getByRole("navigation", { name: "Main navigation" })).toBeVisible();
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keyboard shortcuts and help" });
    await expect(help.locator("h3").first()).toHaveText(title);
    await page.keyboard.press("Escape");
  }
});

test("a page that does not exist keeps the navigation", async ({ page }) => {
  await page.goto("/e/clients/nowhere");
  await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  await page.getByRole("navigation", { name: "Main navigation" }).getByRole("link", { name: "Traces" }).click();
  await expect(page.getByRole("grid", { name: "Traces" })).toBeVisible();
});

test("on a phone the navigation closes by Escape, and the focus returns", async ({ page }) => {
  await page.setViewportSize(NARROW);
  await page.goto("/e/clients/traces");
  const toggle = page.getByRole("button", { name: "Main navigation" });
  await toggle.click();
  await expect(toggle).toHaveAttribute("aria-expanded", "true");
  await expect(page.getByRole("link", { name: "Sessions" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("link", { name: "Sessions" })).toBeHidden();
  await expect(toggle).toBeFocused();
  await expect(page).toHaveURL(/\/traces/);
});
