// Traces in a notebook cell: MLflow's client writes the iframe, and the page around it has another port.
import { createServer, request as ask, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { checkA11y, expect, experimentId, SERVER, shot, test, traceIds } from "./kit";
import { call, makeExperiment, sendTrace } from "./rest";
import { python, run, startServer } from "./server";

const RENDERER = "/static-files/lib/notebook-trace-renderer/index.html";

/** Serves a page of a notebook that contains this cell. */
async function notebook(cell: string): Promise<{ url: string; close: () => void }> {
  const server: HttpServer = createServer((_, answer) => {
    answer.setHeader("content-type", "text/html; charset=utf-8");
    answer.end(`<!doctype html><html lang="en"><title>Notebook</title><body>${cell}</body></html>`);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => void server.close() };
}

/** The HTML that MLflow's client writes into a cell for this number of traces of `clients`. */
async function clientsCell(traces: number): Promise<string> {
  const code = [
    "import mlflow",
    "from mlflow.tracing.display.display_handler import get_notebook_iframe_html",
    "mlflow.set_experiment('clients')",
    `print(get_notebook_iframe_html(mlflow.search_traces(max_results=${traces}, return_type='list')))`,
  ].join("\n");
  return run(python(), ["-c", code], { MLFLOW_TRACKING_URI: SERVER() });
}

/** Serves the server below a path, as a reverse proxy would. */
async function below(prefix: string): Promise<{ url: string; close: () => void }> {
  const server = createServer((asked, answer) => {
    if (!asked.url?.startsWith(`${prefix}/`)) {
      answer.writeHead(404).end();
      return;
    }
    const onward = ask(SERVER() + asked.url.slice(prefix.length), { method: asked.method, headers: asked.headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`, close: () => { server.closeAllConnections(); server.close(); } };
}

const frameOf = (page: Page) => page.frameLocator("iframe");

test("one trace is shown in the iframe that the client writes", async ({ page }) => {
  const { url, close } = await notebook(await clientsCell(1));
  await page.setViewportSize({ width: 900, height: 620 });
  await page.goto(url);
  const frame = frameOf(page);
  await expect(frame.getByRole("treeitem", { name: /support_agent/ })).toBeVisible();
  await expect(frame.getByText("Go to").first()).toBeVisible();
  await expect(frame.getByText(/1 \/ 1/)).toBeHidden();
  await expect(frame.getByRole("link", { name: "Open", exact: true })).toHaveAttribute("target", "_blank");
  await shot(page, "notebook");
  close();
});

test("three traces have a pager, by button and by key", async ({ page }) => {
  const [first, second, third] = await traceIds("clients", "", 3);
  const { url, close } = await notebook(await clientsCell(3));
  await page.setViewportSize({ width: 1100, height: 620 });
  await page.goto(url);
  const frame = frameOf(page);
  const open = frame.getByRole("link", { name: "Open", exact: true });
  await expect(frame.getByText("1 / 3")).toBeVisible();
  await expect(open).toHaveAttribute("href", `/t/${first}`);
  await frame.getByRole("button", { name: "Next trace" }).first().click();
  await expect(frame.getByText("2 / 3")).toBeVisible();
  await expect(open).toHaveAttribute("href", `/t/${second}`);
  await expect(frame.getByRole("treeitem", { name: /support_agent/ })).toBeVisible();
  await page.keyboard.press("J");
  await expect(frame.getByText("3 / 3")).toBeVisible();
  await expect(open).toHaveAttribute("href", `/t/${third}`);
  await page.keyboard.press("[");
  await expect(frame.getByText("2 / 3")).toBeVisible();
  await shot(page, "notebook-three");
  close();
});

test("links open a new tab, as other screens may not be framed", async ({ page, context }) => {
  const { url, close } = await notebook(await clientsCell(1));
  await page.goto(url);
  const opened = context.waitForEvent("page");
  await frameOf(page).getByRole("link", { name: /^s-\d/ }).click();
  await expect(await opened).toHaveURL(/\/sessions\/s-\d/);
  await expect(frameOf(page).getByRole("treeitem", { name: /support_agent/ })).toBeVisible();
  close();
});

test("only the two embedded pages may be framed", async () => {
  const [id] = await traceIds("clients", "", 1);
  for (const path of [`${RENDERER}?trace_id=${id}`, `/embed/t/${id}`]) {
    const { headers } = await fetch(SERVER() + path);
    expect(headers.get("content-security-policy")).toContain("frame-ancestors *");
    expect(headers.get("x-frame-options")).toBeNull();
  }
  expect((await fetch(`${SERVER()}/t/${id}`, { headers: { accept: "text/html" } })).headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
});

test("it follows the system theme, fits any width and violates no accessibility rule", async ({ page }) => {
  const [id] = await traceIds("clients", "", 1);
  await page.goto("/");
  await page.evaluate(() => localStorage.setItem("kansoku.theme", "dark"));
  for (const width of [1200, 700, 390]) {
    await page.setViewportSize({ width, height: 500 });
    await page.goto(`/embed/t/${id}`);
    await expect(page.getByRole("treeitem", { name: /support_agent/ })).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBeUndefined();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
  await checkA11y(page);
});

test("behind a proxy with a path prefix, frame and screens stay below the prefix", async ({ page }) => {
  const [id] = await traceIds("clients", "", 1);
  const { url, close } = await below("/tools/mlflow");
  const { url: notebookUrl, close: closeNotebook } = await notebook(`<iframe title="trace" style="width: 100%; height: 500px" src="${url}${RENDERER}?trace_id=${id}"></iframe>`);
  await page.goto(notebookUrl);
  await expect(frameOf(page).getByRole("treeitem", { name: /support_agent/ })).toBeVisible();
  await expect(frameOf(page).getByRole("link", { name: "Open", exact: true })).toHaveAttribute("href", `/tools/mlflow/t/${id}`);
  await page.goto(`${url}/#/experiments/${await experimentId("clients")}/chat-sessions/s-1`);
  await expect(page).toHaveURL(new RegExp(`^${url}/e/\\d+/sessions/s-1$`));
  await expect(page.getByRole("article", { name: "Turn 1", exact: true })).toBeVisible();
  await page.getByRole("link", { name: "Kansoku" }).click();
  await expect(page).toHaveURL(`${url}/`);
  await expect(page.getByRole("link", { name: "clients", exact: true })).toBeVisible();
  closeNotebook();
  close();
});

test("without a trace it explains what is missing", async ({ page }) => {
  await page.goto(RENDERER);
  await expect(page.getByText("No trace id given")).toBeVisible();
});

test("without a session the frame links to a tab for signing in, and asks for no token itself", async ({ page }) => {
  const server = await startServer();
  try {
    const experiment = await makeExperiment(server.url, "x");
    const id = await sendTrace(server.url, experiment, [{ name: "ask" }]);
    await call(server.url, "/api/3.0/kansoku/tokens", { name: "ana" });
    const { url, close } = await notebook(`<iframe style="width: 100%; height: 500px" src="${server.url}${RENDERER}?trace_id=${id}"></iframe>`);
    await page.goto(url);
    const frame = frameOf(page);
    await expect(frame.getByRole("link", { name: "Open in a new tab" })).toHaveAttribute("href", `/t/${id}`);
    await expect(frame.getByRole("textbox")).toHaveCount(0);
    await expect(frame.locator("input[type=password]")).toHaveCount(0);
    close();
  } finally {
    // Leaves the page before the server stops: pending requests would fail.
    await page.goto("about:blank");
    await server.stop();
  }
});

test("the first load stays below 200 KB of script", async ({ page }) => {
  const [id] = await traceIds("clients", "", 1);
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  let bytes = 0;
  const scripts = new Set<string>();
  session.on("Network.responseReceived", ({ requestId, type }) => type === "Script" && scripts.add(requestId));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => { if (scripts.has(requestId)) bytes += encodedDataLength; });
  await page.goto(`/embed/t/${id}`);
  await expect(page.getByRole("treeitem", { name: /support_agent/ })).toBeVisible();
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(200 * 1024);
});
