// Shared by the tests of screens: the filled server, and checks for errors that no test may cause.
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SHOTS } from "./contactSheet";

export const NARROW = { width: 390, height: 844 };
export const THEMES = ["light", "dark"] as const;

/** The URL of the filled server. */
export const SERVER = () => process.env.KANSOKU_E2E_URL!;

/** A page on which a script error, a violation of the Content-Security-Policy or a request to another host fails the test. */
export const test = base.extend<{ page: Page }>({
  baseURL: async ({ browserName: _ }, give) => give(SERVER()),
  page: async ({ page, baseURL }, give) => {
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(`script error: ${error.message}`));
    page.on("console", (message) => {
      const text = message.text();
      // Browsers log 4xx responses as errors; tests provoke some on purpose.
      if (message.type() === "error" && !text.startsWith("Failed to load resource")) problems.push(text);
    });
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith("http") && !["127.0.0.1", "localhost"].includes(url.hostname)) {
        problems.push(`asked ${url.href} of another host`);
      }
    });
    await give(page);
    expect(problems, `problems on a page of ${baseURL}`).toEqual([]);
  },
});

export { expect };

/** Takes a screenshot in both themes. `name` is the screen and its state: `traces`, `traces-empty`. */
export async function shot(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true });
  const width = page.viewportSize()?.width ?? 0;
  for (const theme of THEMES) {
    await setTheme(page, theme);
    await page.screenshot({ path: join(SHOTS, `${name}-${width}-${theme}.png`) });
  }
}

/** Fails if the page violates a rule of WCAG 2.2 A or AA or a best practice in either theme. */
export async function checkA11y(page: Page): Promise<void> {
  for (const theme of THEMES) {
    await setTheme(page, theme);
    const { violations } = await new AxeBuilder({ page })
      .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
      .analyze();
    // An open menu is announced with the button that opened it, and lies outside of all landmarks. axe shortens its HTML.
    const isMenu = (html: string) => html.startsWith("<div data-radix-popper-co");
    const ofMenus = (it: (typeof violations)[number]) => it.id === "region" && it.nodes.every((node) => isMenu(node.html));
    const told = violations.filter((it) => !ofMenus(it)).map((it) => `${it.id}: ${it.nodes.map((node) => node.html.slice(0, 160)).slice(0, 5).join(" | ")}`);
    expect(told, `${theme} theme`).toEqual([]);
  }
}

export async function setTheme(page: Page, theme: (typeof THEMES)[number]): Promise<void> {
  await page.evaluate((chosen) => {
    localStorage.setItem("kansoku.theme", chosen);
    document.documentElement.dataset.theme = chosen;
  }, theme);
  // Waits for colour transitions, since a contrast check would see colours in between.
  await page.waitForTimeout(150);
}

/** The id of an experiment by its name. */
export async function experimentId(name: string): Promise<string> {
  const answer = await fetch(`${SERVER()}/api/2.0/mlflow/experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`);
  const { experiment } = (await answer.json()) as { experiment: { experiment_id: string } };
  return experiment.experiment_id;
}

/** Ids of traces that match a filter, newest first. */
export async function traceIds(experiment: string, filter: string, max = 10): Promise<string[]> {
  const query = new URLSearchParams({ q: filter, max_results: String(max) });
  const answer = await fetch(`${SERVER()}/api/3.0/kansoku/experiments/${encodeURIComponent(experiment)}/traces?${query}`);
  const { traces } = (await answer.json()) as { traces: { trace_id: string }[] };
  return traces.map((trace) => trace.trace_id);
}
