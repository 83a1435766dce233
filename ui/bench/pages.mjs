// Pages of a real browser, and the times that a user waits for them.
import { chromium } from "@playwright/test";

export const WAIT_MS = Number(process.env.WAIT_MS ?? 120_000);

/** A browser that reaches only servers on this machine. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.KANSOKU_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
  });
}

/** Begins to record the time of every frame. */
export function recordFrames(page) {
  return page.evaluate(() => {
    window.frames_ms = [];
    let last = performance.now();
    const frame = (now) => {
      window.frames_ms.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}

/** The recorded frames. */
export async function frameFigures(page) {
  const frames = (await page.evaluate(() => window.frames_ms.slice(2))).sort((a, b) => a - b);
  return { frame_p95_ms: frames[Math.floor(frames.length * 0.95)], frame_max_ms: frames.at(-1), frames: frames.length };
}

/** Runs the work in a page with an empty cache. `wire` counts what it loads. */
export async function withPage(browser, work) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  const session = await context.newCDPSession(page);
  const wire = { bytes: 0, scripts: 0, requests: 0 };
  const kinds = new Map();
  await session.send("Network.enable");
  await session.send("Performance.enable");
  session.on("Network.requestWillBeSent", () => wire.requests++);
  session.on("Network.responseReceived", (it) => kinds.set(it.requestId, it.type));
  session.on("Network.loadingFinished", (it) => {
    wire.bytes += it.encodedDataLength;
    if (kinds.get(it.requestId) === "Script") wire.scripts += it.encodedDataLength;
  });
  try {
    return await work(page, wire, session);
  } finally {
    await context.close();
  }
}

export async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

export function seen(locator) {
  return locator.waitFor({ state: "visible", timeout: WAIT_MS });
}

/** The median of each figure. */
export function medians(runs) {
  return Object.fromEntries(Object.keys(runs[0]).map((key) => {
    const values = runs.map((run) => run[key]).sort((a, b) => a - b);
    return [key, values[Math.floor(values.length / 2)]];
  }));
}
