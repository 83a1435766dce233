// The main flows in Firefox. Playwright drives only its own build of that browser; Puppeteer drives Debian's.
import { existsSync } from "node:fs";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { expect, SERVER, test as base } from "./kit";
import { call, makeExperiment, sendTrace } from "./rest";

const FIREFOX = process.env.KANSOKU_FIREFOX ?? "/usr/bin/firefox-esr";

const test = base.extend<{ firefox: Page }, { browserOfDebian: Browser }>({
  browserOfDebian: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that this one depends on from its parameter pattern
    async ({}, give) => {
      const browser = await puppeteer.launch({ browser: "firefox", executablePath: FIREFOX });
      await give(browser);
      await browser.close();
    },
    { scope: "worker" },
  ],
  firefox: async ({ browserOfDebian }, give) => {
    const context = await browserOfDebian.createBrowserContext();
    const page = await context.newPage();
    await page.setViewport({ width: 1440, height: 900 });
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    await give(page);
    await context.close();
    expect(problems).toEqual([]);
  },
});

test.skip(!existsSync(FIREFOX), `there is no Firefox at ${FIREFOX}: install the package \`firefox-esr\``);

const row = (trace: string) => `[role=grid] [data-trace="${trace}"]`;
const PANE = 'section[aria-label="Trace"]';
const param = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

async function agentTraces(name: string, count: number): Promise<{ experiment: string; ids: string[] }> {
  const experiment = await makeExperiment(SERVER(), `${name}-${Date.now()}-${Math.random()}`);
  const startMs = Date.now() - 3_600_000;
  const ids: string[] = [];
  for (let nth = 0; nth < count; nth++) {
    const outputs = { "mlflow.spanOutputs": JSON.stringify({ answer: `parcel ${nth} is late` }) };
    ids.push(await sendTrace(SERVER(), experiment, [{ name: `ask ${nth}`, attributes: outputs }], { startMs: startMs + nth * 1000 }));
  }
  return { experiment, ids };
}

test("a list is scrolled, a trace is opened beside it, and Back restores the position", async ({ firefox: page }) => {
  const { experiment, ids } = await agentTraces("firefox-list", 60);
  await page.goto(`${SERVER()}/e/${experiment}/traces`);
  await page.waitForSelector(row(ids.at(-1)!));
  await page.mouse.move(400, 500);
  await page.mouse.wheel({ deltaY: 800 });
  await page.waitForFunction(() => document.querySelector(".grid-scroll")!.scrollTop > 0);
  const before = await page.$eval(".grid-scroll", (it) => it.scrollTop);
  const clicked = await page.evaluate(() => document.elementFromPoint(300, 500)?.closest<HTMLElement>("[data-trace]")?.dataset.trace);
  await page.mouse.click(300, 500);
  await page.waitForSelector(PANE);
  expect(param(page, "t")).toBe(clicked);
  await page.goBack();
  await page.waitForSelector(PANE, { hidden: true });
  expect(await page.$eval(".grid-scroll", (it) => it.scrollTop)).toBe(before);
});

test("a typed filter is put into the address, and the list shows its matches", async ({ firefox: page }) => {
  const { experiment, ids } = await agentTraces("firefox-filter", 5);
  await page.goto(`${SERVER()}/e/${experiment}/traces`);
  await page.waitForSelector(row(ids[3]!));
  await page.click('[aria-label="Filter traces"]');
  await page.keyboard.type('name = "ask 3"');
  await page.keyboard.press("Enter");
  await page.waitForSelector(row(ids[4]!), { hidden: true });
  await page.waitForSelector(row(ids[3]!));
  expect(param(page, "q")).toContain("ask 3");
});

test("Ctrl K receives typed keys at once, and finds an experiment", async ({ firefox: page }) => {
  const { experiment, ids } = await agentTraces("firefox-palette", 2);
  await page.goto(`${SERVER()}/e/${experiment}/traces`);
  await page.waitForSelector(row(ids[0]!));
  await page.keyboard.down("Control");
  await page.keyboard.press("k");
  await page.keyboard.up("Control");
  await page.keyboard.type("demo");
  await page.waitForFunction(() => [...document.querySelectorAll("dialog [role=option]")].some((it) => it.textContent === "demo"));
  expect(await page.$eval("dialog input", (it) => it.value)).toBe("demo");
});

test("a trace shows its tree and the output of a span, and a thumb is saved", async ({ firefox: page }) => {
  const { ids: [trace] } = await agentTraces("firefox-trace", 1);
  await page.goto(`${SERVER()}/t/${trace}`);
  await page.waitForSelector("[role=treegrid], [role=tree]");
  await page.waitForFunction(() => document.body.textContent.includes("parcel 0 is late"));
  await page.keyboard.press("-");
  await expect.poll(async () => {
    const { trace: found } = await call<{ trace: { trace_info: { assessments?: { feedback: { value: unknown } }[] } } }>(SERVER(), `/api/3.0/mlflow/traces/${trace}`);
    return found.trace_info.assessments?.map((it) => it.feedback.value);
  }).toEqual([false]);
});
