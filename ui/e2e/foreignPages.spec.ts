// Pages of other origins can neither read from nor write to the server, even in a browser without its own protections.
import { type Browser, chromium, expect, type Page, test } from "@playwright/test";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { resolve } from "node:path";
import { call, makeExperiment } from "./rest";
import { type Server, startServer } from "./server";

const ROUTES = resolve(import.meta.dirname, "../../docs/mlflow-api.md");
const PROMPT = "the secret prompt";
const REBOUND = "--host-resolver-rules=MAP evil.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost";
// Chromium's protection of local network addresses is switched off; in `UNPROTECTED` also its same-origin policy.
const OPEN_TO_LOCAL_NETWORK = [
  "--disable-features=BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights,PrivateNetworkAccessRespectPreflightResults,LocalNetworkAccessChecks",
];
const UNPROTECTED = [...OPEN_TO_LOCAL_NETWORK, "--disable-web-security"];

interface Route {
  method: string;
  path: string;
}

/** Every route that changes something, and the export method of gRPC. */
function routes(): Route[] {
  const rows = readFileSync(ROUTES, "utf8").matchAll(/^\| (POST|PUT|PATCH|DELETE) \| `([^`]+)` \|/gm);
  const routes = [...rows].map(([, method, path]) => ({ method: method!, path: path!.replace(/\{\*?([^}]+)\}/g, "$1") }));
  const service = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
  return [...routes, { method: "POST", path: service }, { method: "POST", path: "/dbfs/a/0/tr-1/artifacts/traces.json" }];
}

async function launch(args: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.KANSOKU_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", REBOUND, ...args],
  });
}

/** Starts a server with data that a foreign page must not read. */
async function server(): Promise<Server> {
  const started = await startServer();
  await makeExperiment(started.url, PROMPT);
  return started;
}

async function holdings(url: string): Promise<unknown> {
  const experiments = await call<{ experiments: unknown[] }>(url, "/api/2.0/mlflow/experiments/search", { max_results: 1000 });
  const tokens = await (await fetch(`${url}/api/3.0/kansoku/tokens`)).json();
  const artifacts = await (await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts?path=`)).json();
  return { experiments, tokens, artifacts };
}

/** Opens a page of our own HTML under any address; the request does not reach the server of that address. */
async function openAs(page: Page, address: string, html = "<title>page</title>"): Promise<void> {
  await page.route(address, (route) => route.fulfill({ contentType: "text/html", body: html }));
  await page.goto(address);
  await page.unroute(address);
}

/** Starts another origin: a server on another port. */
async function elsewhere(): Promise<{ port: number; stop: () => void }> {
  const other = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<title>other</title>"));
  await new Promise<void>((ready) => other.listen(0, "127.0.0.1", ready));
  const address = other.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, stop: () => other.close() };
}

test("a page with a host name rebound to this machine (DNS rebinding) reads nothing, writes nothing and creates no token", async () => {
  const target = await server();
  const browser = await launch(OPEN_TO_LOCAL_NETWORK);
  try {
    const before = await holdings(target.url);
    const page = await browser.newPage();
    await openAs(page, `http://evil.test:${new URL(target.url).port}/attack`);
    const answers = await page.evaluate(async () => {
      const ask = async (path: string, init: RequestInit = {}) => {
        const answer = await fetch(path, init);
        return { path, status: answer.status, text: await answer.text() };
      };
      const json = (body: unknown, more: Record<string, string> = {}) => ({
        method: "POST",
        headers: { "content-type": "application/json", ...more },
        body: JSON.stringify(body),
      });
      const lies = { "x-forwarded-host": "localhost", "x-forwarded-for": "127.0.0.1", forwarded: "host=localhost", authorization: "Bearer x" };
      return [
        await ask("/"),
        await ask("/ajax-api/2.0/mlflow/experiments/get?experiment_id=1"),
        await ask("/ajax-api/2.0/mlflow/experiments/get?experiment_id=1", { headers: lies }),
        await ask("/ajax-api/2.0/mlflow/experiments/search", json({ max_results: 10 })),
        await ask("/ajax-api/2.0/mlflow/experiments/create", json({ name: "planted" })),
        await ask("/ajax-api/3.0/kansoku/tokens", json({ name: "thief" })),
        await ask("/ajax-api/3.0/kansoku/tokens", json({ name: "thief" }, lies)),
        await ask("/v1/traces", json({ resourceSpans: [] })),
        await ask("/metrics"),
      ];
    });
    for (const { path, status, text } of answers) {
      expect(status, `${path}: ${text}`).toBe(403);
      expect(text).toContain("`allowed_hosts`");
      expect(text).not.toContain(PROMPT);
    }
    expect(await holdings(target.url)).toEqual(before);
  } finally {
    await browser.close();
    await target.stop();
  }
});

test("without the browser's protections, a page of another origin changes nothing by any route", async () => {
  test.setTimeout(120_000);
  const target = await server();
  const other = await elsewhere();
  const browser = await launch(UNPROTECTED);
  try {
    const before = await holdings(target.url);
    const all = routes();
    expect(all.length).toBeGreaterThan(60);
    const page = await browser.newPage();
    const refused: number[] = [];
    page.on("response", (answer) => {
      // gRPC reports a rejection in the header `grpc-status`; 7 is PERMISSION_DENIED.
      if (answer.url().startsWith(target.url) && answer.headers()["grpc-status"] !== "7") refused.push(answer.status());
    });
    // Another port of the same host is the same site; another host name is another site.
    for (const origin of [`http://127.0.0.1:${other.port}/`, `http://localhost:${other.port}/`, `http://evil.test:${other.port}/`]) {
      await page.goto(origin);
      const opened = await page.evaluate(attack, { url: target.url, routes: all });
      expect(opened, `from ${origin}`).toEqual([]);
    }
    // A sandboxed frame has the origin `null`.
    await page.setContent(`<iframe sandbox="allow-scripts allow-forms" srcdoc="<title>frame</title>"></iframe>`);
    const frame = page.frames().find((it) => it !== page.mainFrame())!;
    expect(await frame.evaluate(attack, { url: target.url, routes: all })).toEqual([]);
    // Form posts need neither scripts nor CORS.
    const posts = all.filter(({ method }, at) => method === "POST" && at % 3 === 0);
    for (const { path } of posts) {
      await page.goto(`http://127.0.0.1:${other.port}/`);
      const form = `<form method="post" enctype="text/plain" action="${target.url}${path}"><input name='{"name": "planted", "x": "' value='"}'></form>`;
      await page.setContent(form);
      const [answer] = await Promise.all([
        page.waitForResponse((it) => it.request().method() === "POST"),
        page.waitForEvent("load"),
        page.evaluate(() => document.forms[0]!.submit()),
      ]);
      expect(answer.status(), path).toBe(403);
    }
    expect(refused.length).toBeGreaterThan(1000);
    expect([...new Set(refused)]).toEqual([403]);
    expect(await holdings(target.url)).toEqual(before);
  } finally {
    await browser.close();
    other.stop();
    await target.stop();
  }
});

/** Runs in the page: sends every kind of request that a script can send, and returns those that were not rejected. */
async function attack({ url, routes }: { url: string; routes: Route[] }): Promise<string[]> {
  const types = ["text/plain", "application/x-www-form-urlencoded", "application/json", "application/grpc", "application/grpc-web+proto"];
  const body = JSON.stringify({ name: "planted", key: "a", value: "b" });
  const opened: string[] = [];
  for (const { method, path } of routes) {
    const requests = types.map(async (type) => {
      const answer = await fetch(url + path, { method, body, headers: { "content-type": type }, credentials: "include" });
      // gRPC reports a rejection in the header `grpc-status`; 7 is PERMISSION_DENIED.
      const status = answer.headers.get("grpc-status") === "7" ? 403 : answer.status;
      if (status !== 403) opened.push(`${method} ${path} as ${type}: ${answer.status}`);
    });
    await Promise.all(requests);
    if (method === "POST") {
      await fetch(url + path, { method, body, mode: "no-cors" }).catch(() => undefined);
      navigator.sendBeacon(url + path, body);
    }
  }
  return opened;
}

test("an uploaded file is neither run as a script nor used as a style sheet", async () => {
  const target = await server();
  const browser = await launch([]);
  try {
    const file = `${target.url}/api/2.0/mlflow-artifacts/artifacts`;
    await fetch(`${file}/x.js`, { method: "PUT", body: "window.ran = true" });
    await fetch(`${file}/x.css`, { method: "PUT", body: "body { color: rgb(1, 2, 3) }" });
    const page = await browser.newPage();
    await page.route(`${target.url}/control.js`, (route) => route.fulfill({ contentType: "text/javascript", body: "window.control = true" }));
    const html = `<link rel="stylesheet" href="${file}/x.css"><script src="${file}/x.js"></script><script src="/control.js"></script><body>`;
    await openAs(page, `${target.url}/own`, html);
    await page.waitForFunction("window.control");
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(await page.evaluate(() => getComputedStyle(document.body).color)).not.toBe("rgb(1, 2, 3)");
  } finally {
    await browser.close();
    await target.stop();
  }
});
