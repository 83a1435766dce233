// Measures how long a user waits for the screens of one server: `node measure.mjs '{"name","url","experiment_id","large"}'`.
//
// Prints figures as JSON. Nothing is intercepted, since that would turn the browser's cache off.
import { frameFigures, launch, medians, recordFrames, seen, timed, WAIT_MS, withPage } from "./pages.mjs";

const RUNS = Number(process.env.RUNS ?? 5);
const RUNS_LARGE = Math.min(RUNS, 3);
const { name, url, experiment_id: experiment, large } = JSON.parse(process.argv[2]);

// The URLs of each server's screens, and the elements that show that a screen has loaded.
const SCREENS = {
  kansoku: {
    traces: `${url}/e/${experiment}/traces`,
    trace: (id) => `${url}/t/${id}`,
    row: (page) => page.getByRole("row").filter({ hasText: QUESTION }).first(),
    // The root: a virtual list does not render the last span before it is scrolled to.
    opened: (page, spans) => page.getByRole("treeitem").filter({ hasText: `large_${spans}` }).first(),
    someSpan: (page) => page.getByRole("treeitem").filter({ hasText: /step_\d+/ }).first(),
    filter: async (page) => {
      const line = page.getByRole("combobox", { name: /filter/i }).first();
      await line.fill(`"${FILTER}"`);
      await line.press("Enter");
    },
    scroller: (page) => page.getByRole("tree").first(),
    ready: async () => undefined,
    // To another screen, by a link within the page.
    leave: async (page) => {
      await page.getByRole("navigation", { name: "Main navigation" }).getByRole("link", { name: "Runs" }).click();
      await seen(page.getByRole("heading", { name: "Runs", exact: true }));
    },
  },
  mlflow: {
    traces: `${url}/#/experiments/${experiment}/traces`,
    trace: (id) => `${url}/#/experiments/${experiment}/traces?traceId=${id}&selectedEvaluationId=${id}`,
    row: (page) => page.getByText(QUESTION).first(),
    opened: (page, spans) => page.getByText(`large_${spans}`).first(),
    someSpan: (page) => page.getByText(/^step_\d+$/).first(),
    filter: async (page) => {
      const line = page.getByPlaceholder("Search traces by id, input, or output");
      await line.fill(FILTER);
      await line.press("Enter");
    },
    scroller: (page) => page.getByText(/^step_\d+$/).first(),
    // A hint covers the screen on the first visit.
    ready: async (page) => {
      const hint = page.getByRole("button", { name: "Got it" });
      await hint.click({ timeout: 5000 }).catch(() => undefined);
    },
  },
};
const QUESTION = "Which plan includes SSO?";
const FILTER = "webhook keeps";

const screens = SCREENS[name];
const browser = await launch();

const figures = { table: await median("table", RUNS, table) };
figures.filter = await median("filter", RUNS, filter);
for (const [spans, id] of Object.entries(large)) {
  figures[`open_${spans}`] = await median(`open ${spans} spans`, RUNS_LARGE, () => open(spans, id));
}
if (screens.leave) figures.back = await median("back", RUNS, back);
figures.scroll = await median("scroll", 1, () => scroll("10000", large["10000"]));
await browser.close();
console.log(JSON.stringify(figures));

/** The median of each figure over the runs; `null` if a run fails or takes longer than `WAIT_MS`. */
async function median(what, runs, measure) {
  const all = [];
  for (let run = 0; run < runs; run++) {
    try {
      all.push(await measure());
    } catch (error) {
      console.error(`${name}: ${what}: ${error.message.split("\n")[0]}`);
      return null;
    }
  }
  const middle = medians(all);
  console.error(`${name}: ${what}: ${JSON.stringify(middle)}`);
  return middle;
}

/** Loads the table of traces with an empty browser cache, then again with a filled one. */
async function table() {
  return withPage(browser, async (page, wire) => {
    const cold = await timed(async () => {
      await page.goto(screens.traces);
      await seen(screens.row(page));
    });
    // Requests shortly after the first row count, too: some pages keep polling.
    await page.waitForTimeout(2000);
    const first = { ...wire };
    const warm = await timed(async () => {
      await page.goto("about:blank");
      await page.goto(screens.traces);
      await seen(screens.row(page));
    });
    return { cold_ms: cold, warm_ms: warm, bytes: first.bytes, script_bytes: first.scripts, requests: first.requests };
  });
}

/** Opens a trace by its URL, with an empty browser cache. */
async function open(spans, id) {
  return withPage(browser, async (page, wire, session) => {
    const took = await timed(async () => {
      await page.goto(screens.trace(id));
      await seen(screens.opened(page, spans));
      await seen(screens.someSpan(page));
    });
    const { metrics } = await session.send("Performance.getMetrics");
    const metric = (key) => metrics.find((it) => it.name === key)?.value ?? 0;
    return { open_ms: took, nodes: metric("Nodes"), heap_mb: metric("JSHeapUsedSize") / 1e6, bytes: wire.bytes };
  });
}

/** Measures from Enter in the search field until only matches are shown. */
async function filter() {
  return withPage(browser, async (page) => {
    await page.goto(screens.traces);
    await seen(screens.row(page));
    await screens.ready(page);
    const took = await timed(async () => {
      await screens.filter(page);
      await screens.row(page).waitFor({ state: "detached", timeout: WAIT_MS });
      await seen(page.getByText(FILTER).last());
    });
    return { filter_ms: took };
  });
}

/** Measures from Back until the table is shown again. */
async function back() {
  return withPage(browser, async (page) => {
    await page.goto(screens.traces);
    await seen(screens.row(page));
    await screens.leave(page);
    const took = await timed(async () => {
      await page.goBack();
      await seen(screens.row(page));
    });
    return { back_ms: took };
  });
}

/** Measures frame times while a large trace is scrolled by the wheel. */
async function scroll(spans, id) {
  return withPage(browser, async (page) => {
    await page.goto(screens.trace(id));
    await seen(screens.opened(page, spans));
    await seen(screens.someSpan(page));
    await screens.ready(page);
    await screens.scroller(page).hover();
    await recordFrames(page);
    for (let turn = 0; turn < 60; turn++) {
      await page.mouse.wheel(0, 600);
      await page.waitForTimeout(33);
    }
    return frameFigures(page);
  });
}
