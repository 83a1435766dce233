// The list of experiments, actions on an experiment, and a server without any traces.
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { call, makeExperiment, sendTrace } from "./rest";
import { python, run, startServer } from "./server";

const unique = (name: string) => `${name}-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;

test("lists experiments with their traces, and opens one", async ({ page }) => {
  await page.goto("/");
  const row = page.getByRole("row", { name: /clients/ });
  await expect(row.getByRole("cell").first()).toHaveText("12");
  await expect(row.getByRole("img", { name: /12 traces in 7 days/ })).toBeVisible();
  await checkA11y(page);
  await shot(page, "experiments");
  await page.getByRole("link", { name: "clients", exact: true }).click();
  await expect(page).toHaveURL(/\/e\/\d+\/traces/);
});

test("typing finds an experiment, Enter opens it, and the address keeps the text", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("link", { name: "clients", exact: true })).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("clien");
  await expect(page.getByRole("row")).toHaveCount(2);
  await expect(page).toHaveURL(/q=clien/);
  await page.reload();
  await expect(page.getByRole("row")).toHaveCount(2);
  await page.keyboard.press("/");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/e\/\d+\/traces/);
});

test("an experiment can be created, renamed, tagged, deleted and restored by keys alone", async ({ page }) => {
  const [name, renamed] = [unique("made"), unique("renamed")];
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Experiments" })).toBeVisible();
  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Name")).toBeFocused();
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/e\/\d+\/traces/);
  await expect(page.getByRole("banner").getByRole("link", { name })).toBeVisible();

  await page.goto(`/?q=${name}`);
  const actions = (of: string) => page.getByRole("button", { name: `Actions for ${of}` });
  const choose = async (of: string, item: string) => {
    await actions(of).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: item }).focus();
    await page.keyboard.press("Enter");
  };
  await choose(name, "Rename…");
  await dialog.getByLabel("Name").fill("clients");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("alert")).toContainText("clients");
  await dialog.getByLabel("Name").fill(renamed);
  await page.keyboard.press("Enter");
  await page.goto(`/?q=${renamed}`);

  await choose(renamed, "Tags…");
  await dialog.getByLabel("New tag").fill("team");
  await dialog.getByLabel("Value", { exact: true }).fill("search");
  await page.keyboard.press("Enter");
  await expect(dialog.getByLabel("Value of team")).toHaveValue("search");
  await dialog.getByLabel("New tag").fill("kansoku.retention.maxAge");
  await dialog.getByLabel("Value", { exact: true }).fill("soon");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("alert")).toContainText("soon");
  await page.keyboard.press("Escape");
  await expect(page.getByText("team: search")).toBeVisible();

  await choose(renamed, "Delete…");
  const remove = dialog.getByRole("button", { name: "Delete", exact: true });
  await expect(remove).toBeDisabled();
  await page.keyboard.type(renamed);
  await expect(remove).toBeEnabled();
  await page.keyboard.press("Enter");
  await expect(page.getByText(`Deleted ${renamed}`)).toBeVisible();
  await expect(page.getByRole("link", { name: renamed })).toBeHidden();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("link", { name: renamed })).toBeVisible();

  await choose(renamed, "Delete…");
  await page.keyboard.type(renamed);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /^Deleted \(/ }).click();
  await choose(renamed, "Restore");
  await expect(page.getByText("deleted", { exact: true })).toBeHidden();
});

test("fits a narrow screen", async ({ page }) => {
  await page.setViewportSize(NARROW);
  await page.goto("/");
  await expect(page.getByRole("link", { name: "clients", exact: true })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await checkA11y(page);
  await shot(page, "experiments");
});

test("a server without traces shows code to paste, and the trace that it sends appears", async ({ page }) => {
  const server = await startServer();
  try {
    await page.goto(server.url);
    await expect(page.getByText("Waiting for the first trace…")).toBeVisible();
    await checkA11y(page);
    await shot(page, "first-run");
    const code = await page.getByLabel("Trace something", { exact: true }).innerText();
    expect(code).toContain(server.url);
    await run(python(), ["-c", code]);
    await expect(page).toHaveURL(/\/e\/\d+\/traces/, { timeout: 30_000 });
    await expect(page.getByText("What is kansoku?").first()).toBeVisible();
  } finally {
    // Leaves the page before the server stops: pending requests would fail.
    await page.goto("about:blank");
    await server.stop();
  }
});

test("the snippets for the shell and for OpenTelemetry run as shown", async ({ page }) => {
  const server = await startServer();
  try {
    await page.goto(`${server.url}/?how=opentelemetry`);
    const env = await page.getByLabel("Environment of any OpenTelemetry SDK or agent", { exact: true }).innerText();
    await page.getByRole("tab", { name: "curl" }).click();
    await expect(page).toHaveURL(/how=curl/);
    const curl = await page.getByLabel("One trace from a shell", { exact: true }).innerText();
    const told = await run("sh", ["-c", `${env}\necho "$OTEL_EXPORTER_OTLP_ENDPOINT $OTEL_EXPORTER_OTLP_HEADERS"`]);
    expect(told.trim()).toBe(`${server.url} x-mlflow-experiment-id=0`);
    await run("sh", ["-c", curl]);
    await expect(page).toHaveURL(/\/e\/0\/traces/, { timeout: 30_000 });
    await expect(page.getByText("Who are you?").first()).toBeVisible();
  } finally {
    // Leaves the page before the server stops: pending requests would fail.
    await page.goto("about:blank");
    await server.stop();
  }
});

test("a server error is shown with a retry button", async ({ page }) => {
  let broken = true;
  await page.route("**/kansoku/experiments", (route) =>
    broken ? route.fulfill({ status: 500, json: { error_code: "INTERNAL_ERROR", message: "the disk is on fire" } }) : route.continue(),
  );
  await page.goto("/");
  await expect(page.getByRole("alert")).toContainText("the disk is on fire");
  broken = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("link", { name: "clients", exact: true })).toBeVisible();
});

test("hostile experiment names are shown as text", async ({ page }) => {
  const name = unique("<img src=x onerror=document.title='hacked'>‮evil");
  const id = await makeExperiment(SERVER(), name);
  await sendTrace(SERVER(), id, [{ name: "x" }]);
  await page.goto(`/?q=${encodeURIComponent(name)}`);
  await expect(page.getByRole("link", { name: /^<img src=x onerror/ })).toContainText("\\u202e");
  await expect(page).not.toHaveTitle(/hacked/);
  await call(SERVER(), "/api/2.0/mlflow/experiments/delete", { experiment_id: id });
});

test("an empty server is filled with demo data by one button", async ({ page }) => {
  test.slow();
  const server = await startServer();
  try {
    await page.goto(server.url);
    await checkA11y(page);
    await page.getByRole("button", { name: "Fill with demo data" }).click();
    await expect(page.getByRole("progressbar", { name: "Demo data" })).toBeVisible();
    await expect(page).toHaveURL(/\/e\/\d+\/traces/, { timeout: 120_000 });
    await expect(page.getByRole("banner").getByRole("link", { name: "demo" })).toBeVisible();
    const demo = await call<{ state: string; stored: number }>(server.url, "/api/3.0/kansoku/demo");
    expect(demo).toMatchObject({ state: "done", stored: 2000 });
  } finally {
    // A page that still loads something would miss the server.
    await page.goto("about:blank");
    await server.stop();
  }
});

test("an experiment of that name is left alone", async ({ page }) => {
  const server = await startServer();
  try {
    await makeExperiment(server.url, "demo");
    await page.goto(server.url);
    await page.getByRole("button", { name: "Fill with demo data" }).click();
    await expect(page.getByRole("alert")).toContainText("demo");
  } finally {
    // A page that still loads something would miss the server.
    await page.goto("about:blank");
    await server.stop();
  }
});
