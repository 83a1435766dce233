import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const SCRIPT = readFileSync(new URL("../../public/boot.js", import.meta.url), "utf8");

const BUILT = {
  files: ["assets/Shell.js", "assets/Traces.js", "assets/Traces.css", "assets/Run.js"],
  screens: [["^e/[^/]+/traces/?$", [0, 1, 2]], ["^e/[^/]+/runs/[^/]+/?$", [0, 3]]],
};

/** Runs `boot.js` as on a page with this address; returns where it redirects to (`null` if nowhere), the theme it sets, and what it loads. */
function boot(address: string, { root = "/", theme = null as string | null, built = BUILT as object | null } = {}) {
  const url = new URL(address, "http://kansoku.example");
  let led: string | null = null;
  const dataset: Record<string, string> = {};
  const links: { rel: string; href: string }[] = [];
  const document = {
    currentScript: { src: `${url.origin}${root}boot.js` },
    documentElement: { dataset },
    getElementById: () => built && { textContent: JSON.stringify(built) },
    createElement: () => ({}),
    head: { appendChild: (link: { rel: string; href: string }) => links.push(link) },
  };
  const location = { hash: url.hash, search: url.search, pathname: url.pathname, replace: (to: string) => (led = to) };
  const localStorage = { getItem: () => theme };
  new Function("document", "location", "localStorage", SCRIPT)(document, location, localStorage);
  return { led: led as string | null, theme: dataset.theme, loaded: links.map(({ rel, href }) => `${rel} ${href}`) };
}

test.each([
  ["/#/", "/"],
  ["/#/experiments", "/"],
  ["/#/experiments/1", "/e/1"],
  ["/#/experiments/1/overview/usage", "/e/1"],
  ["/#/experiments/1/traces", "/e/1/traces"],
  ["/#/experiments/1/traces?traceId=tr-9", "/t/tr-9"],
  ["/#/experiments/1/traces?selectedEvaluationId=tr-9&viewState=x", "/t/tr-9"],
  ["/#/experiments/1?compareRunsMode=TRACES&selectedEvaluationId=tr-9", "/t/tr-9"],
  ["/#/experiments/1/traces/tr-9", "/t/tr-9"],
  ["/#/experiments/1/chat-sessions", "/e/1/sessions"],
  ["/#/experiments/1/chat-sessions/a%2Fb%20c", "/e/1/sessions/a%2Fb%20c"],
  ["/#/experiments/1/models", "/e/1/versions"],
  ["/#/experiments/1/models/m-1", "/e/1/versions/m-1"],
  ["/#/experiments/1/models/m-1/traces", "/e/1/versions/m-1"],
  ["/#/experiments/1/issues", "/e/1/issues"],
  ["/#/experiments/1/datasets", "/e/1/datasets"],
  ["/#/experiments/1/datasets?selectedDatasetId=d-1", "/e/1/datasets/d-1"],
  ["/#/experiments/1/evaluation-runs", "/e/1/evaluations"],
  ["/#/experiments/1/evaluation-runs?selectedRunUuid=8ef6", "/e/1/evaluations/8ef6"],
  ["/#/experiments/1/evaluation-runs?selectedRunUuid=8ef6&compareToRunUuid=91ab", "/e/1/evaluations/compare?runs=91ab%2C8ef6"],
  ["/#/experiments/1/runs/8ef6", "/e/1/runs/8ef6"],
  ["/#/experiments/1/prompts", "/e/1/prompts"],
  ["/#/experiments/1/prompts/qa?promptVersion=2", "/e/1/prompts/qa?version=2"],
  ["/#/prompts", "/e/0/prompts?all=1"],
  ["/#/prompts/qa%20b", "/e/0/prompts/qa%20b"],
  ["/#/experiments/1/runs/8ef6/artifacts", "/e/1/runs/8ef6"],
  ["/#/experiments/1/runs/8ef6/traces?selectedEvaluationId=tr-9", "/t/tr-9"],
  ["/#/experiments/1/label-schemas", "/e/1/review?tab=questions"],
  ["/#/experiments/1/review-queue", "/e/1/review"],
  ["/#/experiments/1/review-queue?selectedQueueId=rq-7", "/e/1/review/rq-7"],
  ["/#/experiments/1/review-queue?selectedQueueId=rq-7&selectedItemId=tr-9", "/e/1/review/rq-7?t=tr-9"],
  ["/#/experiments/1/review-queue?selectedQueueId=rq-7&selectedItemId=tr-9&workspace=b", "/e/1/review/rq-7?t=tr-9&workspace=b"],
])("%s leads to %s", (link, screen) => {
  expect(boot(link).led).toBe(screen);
});

test("behind a proxy with a path prefix, links stay below the prefix", () => {
  expect(boot("/tools/kansoku/#/experiments/1", { root: "/tools/kansoku/" }).led).toBe("/tools/kansoku/e/1");
});

test("the workspace is kept, whether before or after the `#`", () => {
  expect(boot("/?workspace=team%20a#/experiments/1").led).toBe("/e/1?workspace=team+a");
  expect(boot("/#/experiments/1/traces/tr-9?workspace=b").led).toBe("/t/tr-9?workspace=b");
  expect(boot("/#/prompts?workspace=b").led).toBe("/e/0/prompts?all=1&workspace=b");
  expect(boot("/#/experiments/1/evaluation-runs?selectedRunUuid=b&compareToRunUuid=a&workspace=w").led).toBe("/e/1/evaluations/compare?runs=a%2Cb&workspace=w");
});

test("a link without a matching screen leads to a page that names it", () => {
  expect(boot("/#/models/m-1?x=1").led).toBe("/old-link?link=%23%2Fmodels%2Fm-1%3Fx%3D1");
  expect(boot("/#/experiments/1/no-such-tab").led).toBe("/old-link?link=%23%2Fexperiments%2F1%2Fno-such-tab");
  expect(boot("/#/experiments/%E0%A4%A/nothing").led).toMatch(/^\/old-link\?/);
});

test("no link leads out of this server", () => {
  for (const link of ["/#/experiments/..%2F..%2Fevil", "/#//evil.example", "/#/traces/%2F%2Fevil.example", "/#/javascript:alert(1)"]) {
    expect(new URL(boot(link).led!, "http://kansoku.example/").origin).toBe("http://kansoku.example");
  }
});

test("addresses of Kansoku's own screens are not redirected", () => {
  expect(boot("/e/1/traces?q=x").led).toBeNull();
  expect(boot("/e/1/traces#main").led).toBeNull();
});

test("the chosen theme is set, except on embedded pages, which follow the system", () => {
  expect(boot("/e/1", { theme: "dark" }).theme).toBe("dark");
  expect(boot("/e/1", { theme: "<script>" }).theme).toBeUndefined();
  expect(boot("/static-files/lib/notebook-trace-renderer/index.html?trace_id=tr-1", { theme: "dark" }).theme).toBeUndefined();
  expect(boot("/x/embed/t/tr-1", { root: "/x/", theme: "dark" }).theme).toBeUndefined();
});

test("the files of the screen are loaded at once, below the root of a proxy too", () => {
  expect(boot("/e/1/traces?q=x").loaded).toEqual(["modulepreload /assets/Shell.js", "modulepreload /assets/Traces.js", "preload /assets/Traces.css"]);
  expect(boot("/x/e/a%20b/runs/r-1", { root: "/x/" }).loaded).toEqual(["modulepreload /x/assets/Shell.js", "modulepreload /x/assets/Run.js"]);
});

test("nothing is loaded for other pages, for links that redirect, and without a build", () => {
  expect(boot("/embed/t/tr-1").loaded).toEqual([]);
  expect(boot("/e/1/traces#/experiments/1").loaded).toEqual([]);
  expect(boot("/e/1/traces", { built: null }).loaded).toEqual([]);
});
