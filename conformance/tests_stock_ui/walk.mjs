// Opens pages of MLflow's web UI in Chromium, and prints what went wrong on each as JSON.
// Usage: node walk.mjs '{"url": …, "modules": …, "chromium": …, "pages": [{"name", "path", "shows": […], "click": […]}]}'
import { createRequire } from "node:module";

// MLflow's own server does not have these either, without a plugin for users.
const missing = ["GET /ajax-api/2.0/mlflow/users/current"];
const { url, modules, chromium: executablePath, pages, shots } = JSON.parse(process.argv[2]);
const { chromium } = createRequire(`${modules}/`)("playwright-core");

const QUIET_MS = 600;
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"],
});

/** Whether the server answers a request, and not the proxy. */
const isForServer = (request) => request.url().startsWith(url) && !request.url().startsWith(`${url}/static-files/`);

/** Waits until no request to the server has been open for a while. */
async function settle(page, open) {
  let quietSince = Date.now();
  const last = Date.now() + 20_000;
  while (Date.now() - quietSince < QUIET_MS && Date.now() < last) {
    if (0 < open.size) quietSince = Date.now();
    await page.waitForTimeout(50);
  }
}

async function walk({ name, path, shows = [], click = [] }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const problems = [];
  const open = new Set();
  page.on("request", (request) => { if (isForServer(request)) open.add(request); });
  page.on("requestfinished", (request) => open.delete(request));
  page.on("requestfailed", (request) => {
    open.delete(request);
    const failure = request.failure()?.errorText ?? "";
    if (request.url().startsWith(url) && failure !== "net::ERR_ABORTED") problems.push(`${request.method()} ${request.url().slice(url.length)}: ${failure}`);
  });
  page.on("response", async (response) => {
    const what = `${response.request().method()} ${response.url().slice(url.length)}`;
    if (!response.url().startsWith(url)) return;
    if (400 <= response.status() && !missing.includes(what)) problems.push(`${what}: ${response.status()} ${(await response.text().catch(() => "")).slice(0, 300)}`);
    if (what === "POST /graphql" && (await response.json().catch(() => ({}))).errors) problems.push(`${what}: ${(await response.text()).slice(0, 300)}`);
  });
  page.on("pageerror", (error) => problems.push(`script error: ${error.message.slice(0, 300)}`));
  await page.goto(`${url}/#${path}`);
  await settle(page, open);
  for (const text of click) {
    const target = page.getByText(text).first();
    await target.click({ timeout: 10_000 }).catch((error) => problems.push(`"${text}" cannot be clicked: ${error.message.slice(0, 200)}`));
    await settle(page, open);
  }
  for (const text of shows) {
    await page.getByText(text).first().waitFor({ timeout: 10_000 }).catch(() => problems.push(`does not show "${text}"`));
  }
  for (const banner of await page.locator('[class*="alert-error"], [role="alert"]:not([class*="alert-info"])').all()) {
    if (await banner.isVisible()) problems.push(`banner: ${(await banner.innerText()).slice(0, 300)}`);
  }
  const text = await page.locator("body").innerText();
  for (const [failed] of text.matchAll(/[^\n]*(?:something went wrong|failed to load|unexpected error|an error occurred|page not found)[^\n]*/gi)) {
    problems.push(`text: ${failed.slice(0, 200)}`);
  }
  if (shots) await page.screenshot({ path: `${shots}/${name.replaceAll(/\W+/g, "-")}.png` });
  await context.close();
  return { name, problems };
}

// Two at a time.
const found = [];
const waiting = [...pages];
await Promise.all([1, 2].map(async () => {
  for (let page = waiting.shift(); page; page = waiting.shift()) found.push(await walk(page));
}));
await browser.close();
console.log(JSON.stringify(found));
