// The comparison of two to four traces side by side.
import { checkA11y, expect, NARROW, SERVER, shot, test } from "./kit";
import { makeExperiment, sendTrace, type SpanToSend } from "./rest";

const unique = (name: string) => `${name}-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;

function spans({ prompt, answer, rerank, failed }: { prompt: string; answer: string; rerank: boolean; failed?: string }): SpanToSend[] {
  return [
    { name: "agent", tookMs: rerank ? 200 : 400, attributes: { "mlflow.spanType": "AGENT", "mlflow.spanInputs": '{"question": "Why 401?"}', "mlflow.spanOutputs": JSON.stringify(answer) } },
    { name: "search", atMs: 10, tookMs: 100, failed, attributes: { "mlflow.spanType": "RETRIEVER" } },
    ...(rerank ? [{ name: "rerank", atMs: 120, tookMs: 20, attributes: { "mlflow.spanType": "RERANKER" } }] : []),
    {
      name: "chat", atMs: 150, tookMs: 40,
      attributes: {
        "mlflow.spanType": "CHAT_MODEL", "mlflow.llm.model": "gpt-4o",
        "mlflow.spanInputs": JSON.stringify({ messages: [{ role: "system", content: prompt }, { role: "user", content: "Why 401?" }] }),
        "mlflow.spanOutputs": JSON.stringify({ choices: [{ message: { role: "assistant", content: answer } }] }),
      },
    },
  ];
}

async function two(): Promise<[string, string]> {
  const experiment = await makeExperiment(SERVER(), unique("compared"));
  return [
    await sendTrace(SERVER(), experiment, spans({ prompt: "Be kind.", answer: "Check the header and rotate.", rerank: false, failed: "TimeoutError: slow" })),
    await sendTrace(SERVER(), experiment, spans({ prompt: "Be brief.", answer: "Check the secret and rotate.", rerank: true })),
  ];
}

test("metrics, answers, prompts and spans show their changes", async ({ page }) => {
  const [a, b] = await two();
  await page.goto(`/compare?a=${a}&b=${b}`);
  const figures = page.getByRole("region", { name: "Metrics" });
  await expect(figures.getByRole("row", { name: /^Duration/ })).toHaveText(/400 ms.*200 ms.*−50 %/);
  await expect(figures.getByRole("row", { name: /^Failed spans/ })).toHaveText(/1.*0.*−1/);
  await expect(page.getByText("Why 401?").first()).toBeVisible();
  await expect(page.locator("del", { hasText: "header" })).toBeVisible();
  await expect(page.locator("ins", { hasText: "secret" })).toBeVisible();
  await expect(page.locator("del", { hasText: "kind" })).toBeVisible();
  await expect(page.locator("ins", { hasText: "brief" })).toBeVisible();
  await expect(page.getByText("1 added · 0 missing · 1 changed")).toBeVisible();
  await expect(page.getByRole("row", { name: /rerank/ })).toContainText("added");
  await checkA11y(page);
  await shot(page, "compare-traces");
  await page.setViewportSize(NARROW);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await checkA11y(page);
  await shot(page, "compare-traces");
});

test("answers with little in common are rendered side by side instead of as a diff", async ({ page }) => {
  const experiment = await makeExperiment(SERVER(), unique("unlike"));
  const send = (answer: string) => sendTrace(SERVER(), experiment, spans({ prompt: "Be kind.", answer, rerank: false }));
  const a = await send("## Check the header\n\n- the **secret** may have expired\n- the clock of the client may be wrong by hours");
  const b = await send("Nothing is known about this failure. Please write to our support team, and attach whatever your log says of it.");
  await page.goto(`/compare?a=${a}&b=${b}`);
  const answer = page.locator("section").filter({ has: page.getByRole("heading", { name: "Final answer" }) });
  await expect(answer.getByRole("listitem").first()).toHaveText("the secret may have expired");
  await expect(answer.locator("strong")).toHaveText("secret");
  await expect(answer.getByText("write to our support team")).toBeVisible();
  await expect(answer.locator("ins, del")).toHaveCount(0);
});

test("keys swap traces, show texts side by side and hide equal spans; the address keeps all of it", async ({ page }) => {
  const [a, b] = await two();
  await page.goto(`/compare?a=${a}&b=${b}`);
  const spansTable = page.getByRole("table").last();
  await expect(spansTable.getByRole("row")).toHaveCount(5);
  await page.keyboard.press("s");
  await expect(page).toHaveURL(new RegExp(`a=${b}&b=${a}`));
  await expect(page.getByRole("row", { name: /rerank/ })).toContainText("removed");
  await page.keyboard.press("v");
  await expect(page).toHaveURL(/view=side/);
  await expect(page.locator("ins")).toHaveCount(0);
  await page.keyboard.press("o");
  await expect(spansTable.getByRole("row")).toHaveCount(3);
  await page.reload();
  await expect(spansTable.getByRole("row")).toHaveCount(3);
  await expect(page.getByRole("button", { name: "Side by side" })).toHaveAttribute("aria-pressed", "true");
});

test("four traces can be compared", async ({ page }) => {
  const [a, b] = await two();
  const [c, d] = await two();
  await page.goto(`/compare?a=${a}&b=${b}&c=${c}&d=${d}&view=side`);
  await expect(page.getByRole("columnheader", { name: "Δ D" })).toBeVisible();
  await expect(page.getByRole("columnheader", { name: "Δ time D" })).toBeVisible();
  await checkA11y(page);
  await shot(page, "compare-four");
});

test("a missing trace is named; without ids the page asks for some", async ({ page }) => {
  const [a, b] = await two();
  await page.goto(`/compare?a=${a}&b=tr-nobody`);
  await expect(page.getByText("A trace was not found")).toBeVisible();
  await expect(page.getByText("tr-nobody")).toBeVisible();
  await page.goto("/compare");
  await page.getByLabel("Trace A").fill(a);
  await page.getByLabel("Trace B").fill(b);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Metrics" })).toBeVisible();
});
