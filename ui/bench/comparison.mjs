// Measures how long a user waits for the comparison of evaluations, and its frames while all cases are scrolled through:
// `node comparison.mjs '{"url","experiment_id","runs":"a,b"}'`. Prints figures as JSON.
import { frameFigures, launch, medians, recordFrames, seen, timed, withPage } from "./pages.mjs";

const RUNS = Number(process.env.RUNS ?? 5);
const { url, experiment_id: experiment, runs } = JSON.parse(process.argv[2]);
const address = `${url}/e/${experiment}/evaluations/compare?runs=${runs}`;
const browser = await launch();

const loads = [];
for (let run = 0; run < RUNS; run++) loads.push(await load());
console.log(JSON.stringify({ ...medians(loads), ...(await scroll()) }));
await browser.close();

function rows(page) {
  return page.getByRole("grid", { name: "Cases" }).locator("[data-key]");
}

/** From the address to the first rows: with an empty cache of the browser, and with a filled one. */
async function load() {
  return withPage(browser, async (page) => {
    const open = () => timed(async () => {
      await page.goto(address);
      await seen(rows(page).first());
    });
    const cold = await open();
    await page.goto("about:blank");
    return { first_rows_cold_ms: cold, first_rows_warm_ms: await open() };
  });
}

/** Scrolls by the wheel until the last case. */
async function scroll() {
  return withPage(browser, async (page) => {
    await page.goto(address);
    await seen(rows(page).first());
    const grid = page.getByRole("grid", { name: "Cases" });
    await grid.hover();
    await recordFrames(page);
    const atEnd = () => page.locator(".grid-scroll").evaluate((it) => it.scrollHeight - it.scrollTop - it.clientHeight < 2);
    for (let still = 0; still < 30;) {
      await page.mouse.wheel(0, 2000);
      await page.waitForTimeout(33);
      still = (await atEnd()) ? still + 1 : 0;
    }
    return { ...(await frameFigures(page)), rows: Number(await grid.getAttribute("aria-rowcount")) - 1, rendered: await rows(page).count() };
  });
}
