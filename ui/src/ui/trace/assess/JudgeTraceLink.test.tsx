import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { JudgeTraceLink } from "./JudgeTraceLink";

async function html(traceId: string): Promise<string> {
  const routeTree = createRootRoute({ component: () => <JudgeTraceLink traceId={traceId} name="tone" /> });
  const router = createRouter({ routeTree, history: createMemoryHistory(), isServer: true });
  await router.load();
  return renderToStaticMarkup(<RouterProvider router={router as never} />);
}

test("the link opens the trace of the judge, and the keyboard reaches it", async () => {
  const link = await html("tr-1");
  expect(link).toContain('href="/t/tr-1"');
  expect(link).toContain("Judge&#x27;s trace");
  expect(link).not.toContain("tabindex");
});

test("an id that a client chose stays one part of the address", async () => {
  expect(await html("../a?b")).toMatch(/href="\/t\/[^/?"]+"/);
});
