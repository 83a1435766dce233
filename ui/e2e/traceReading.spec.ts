// Traces whose instrumentation leaves out, repeats or wraps content are shown as users expect.
import type { Page } from "@playwright/test";
import { expect, shot, test } from "./kit";
import { newExperiment, sendTrace, spanId, type SentSpan } from "./otlp";

const rowsOf = (page: Page) => page.getByRole("tree", { name: /Spans of the trace/ }).getByRole("treeitem");
const chat = (messages: unknown[], content: string) => ({ inputs: { messages }, outputs: { choices: [{ message: { role: "assistant", content } }] } });

test("a root without messages shows the user's message of the first model call and the answer of the last", async ({ page }) => {
  const experiment = await newExperiment("reading");
  const system = { role: "system", content: "Be kind." };
  const spans: SentSpan[] = [
    { name: "invoke_agent", type: "AGENT", startMs: 0, durationMs: 900 },
    { name: "chat gpt", type: "CHAT_MODEL", parent: 0, startMs: 10, durationMs: 100, ...chat([system, { role: "user", content: "Where is my order?" }], "I will look.") },
    { name: "chat gpt", type: "CHAT_MODEL", parent: 0, startMs: 300, durationMs: 100, ...chat([system, { role: "user", content: "Where is my order?" }, { role: "assistant", content: "I will look." }], "It arrives **today**.") },
  ];
  const [trace, other] = [await sendTrace(experiment, spans), await sendTrace(experiment, spans)];
  await page.goto(`/t/${trace}?s=${spanId(trace, 0)}`);
  const [input, output] = [page.getByRole("region", { name: "Input" }), page.getByRole("region", { name: "Output" })];
  await expect(input).toContainText("Where is my order?");
  await expect(input).toContainText("of chat gpt, the first model call");
  await expect(output.locator("strong")).toHaveText("today");
  await shot(page, "reading-root");
  await page.goto(`/t/${trace}?v=transcript`);
  await expect(page.getByRole("article", { name: "Input invoke_agent" })).toContainText("Where is my order?");
  await expect(page.getByRole("article", { name: "Output invoke_agent" })).toContainText("It arrives today.");
  await page.goto(`/compare?a=${trace}&b=${other}`);
  await expect(page.getByRole("heading", { name: "Question, identical" }).locator("..")).toContainText("Where is my order?");
  await expect(page.getByRole("heading", { name: "Final answer" }).locator("..")).toContainText("It arrives today.");
});

test("the transcript shows nested model calls once, and a repeated tool call once", async ({ page }) => {
  const answer = { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "look_up", input: { topic: "tea" } }], tool_calls: [{ name: "look_up", args: { topic: "tea" }, id: "toolu_1", type: "tool_call" }] };
  const call = { inputs: { messages: [{ role: "user", content: "Tea?" }] }, outputs: { messages: [answer] } };
  const trace = await sendTrace(await newExperiment("reading"), [
    { name: "graph", type: "CHAIN", startMs: 0, durationMs: 900, inputs: { question: "Tea?" } },
    { name: "ChatAnthropic", type: "CHAT_MODEL", parent: 0, startMs: 10, durationMs: 100, tokens: [20, 5], ...call },
    { name: "anthropic.chat", type: "LLM", parent: 1, startMs: 12, durationMs: 90, tokens: [20, 5], ...call },
  ]);
  await page.goto(`/t/${trace}?v=transcript`);
  await expect(page.getByRole("article", { name: /^Model/ })).toHaveCount(1);
  await expect(page.getByRole("article", { name: "Model ChatAnthropic" })).toContainText('→ look_up({"topic":"tea"})');
  await page.goto(`/t/${trace}?s=${spanId(trace, 1)}`);
  await expect(page.getByRole("region", { name: "Output" }).getByText("look_up", { exact: true })).toHaveCount(1);
});

test("a wrapped tool message shows its content in span, chat and transcript", async ({ page }) => {
  const message = { content: "about tea: it is green", additional_kwargs: { cache: "x" }, response_metadata: {}, type: "tool", name: "look_up", id: null, tool_call_id: "call_1", status: "success" };
  const asked = [{ role: "user", content: "Tea?" }, { role: "assistant", content: null, tool_calls: [{ id: "call_1", type: "function", function: { name: "look_up", arguments: "{}" } }] }, { role: "tool", tool_call_id: "call_1", content: "about tea: it is green" }];
  const trace = await sendTrace(await newExperiment("reading"), [
    { name: "graph", type: "AGENT", startMs: 0, durationMs: 900, inputs: { docs: 40 }, outputs: { ok: true } },
    { name: "look_up", type: "TOOL", parent: 0, startMs: 10, durationMs: 50, inputs: { topic: "tea" }, outputs: message },
    { name: "chat", type: "CHAT_MODEL", parent: 0, startMs: 100, durationMs: 100, ...chat(asked, "Green.") },
  ]);
  await page.goto(`/t/${trace}?s=${spanId(trace, 1)}`);
  const output = page.getByRole("region", { name: "Output" });
  await expect(output).toContainText("about tea: it is green");
  await expect(output).not.toContainText("additional_kwargs");
  await output.getByRole("button", { name: "JSON" }).click();
  await expect(output).toContainText("additional_kwargs");
  await output.getByRole("button", { name: "Pretty" }).click();
  // The result shows the name of its tool call.
  await page.goto(`/t/${trace}?s=${spanId(trace, 2)}`);
  await expect(page.getByRole("region", { name: "Input" }).locator(".tool-call").last()).toContainText("look_up");
  await page.goto(`/t/${trace}?v=transcript`);
  await expect(page.getByRole("article", { name: "Tool look_up" })).toContainText("about tea: it is green");
  await expect(page.getByRole("article", { name: "Tool look_up" })).not.toContainText("additional_kwargs");
});

test("an output object with a single number shows its field name, in the list and in the trace", async ({ page }) => {
  const experiment = await newExperiment("reading");
  const trace = await sendTrace(experiment, [{ name: "index", type: "CHAIN", startMs: 0, durationMs: 900, inputs: { docs: 40 }, outputs: { docs: 38 } }]);
  await page.goto(`/e/${experiment}/traces`);
  await expect(page.getByRole("grid", { name: "Traces" }).locator("[data-trace]").first()).toContainText("docs: 40");
  await page.goto(`/t/${trace}`);
  await expect(page.getByRole("region", { name: "Input" })).toContainText("docs40");
  await page.goto(`/t/${trace}?v=transcript`);
  await expect(page.getByRole("article", { name: "Input index" })).toContainText("docs");
});

test("a folded row has the sums of tokens, cost and failures", async ({ page }) => {
  const cost = { "mlflow.llm.cost": '{"input_cost": 0.001, "output_cost": 0.001, "total_cost": 0.002}' };
  const spans: SentSpan[] = [{ name: "agent", type: "AGENT", startMs: 0, durationMs: 500 }];
  for (let nth = 0; nth < 40; nth++) {
    spans.push({ name: "page", type: "CHAIN", parent: 0, startMs: nth * 10, durationMs: 9 });
    spans.push({ name: "chat", type: "CHAT_MODEL", parent: spans.length - 1, startMs: nth * 10 + 1, durationMs: 5, tokens: [90, 10], attributes: cost, error: nth % 20 === 7 ? "RateLimitError: 429" : undefined });
  }
  const trace = await sendTrace(await newExperiment("reading"), spans);
  await page.goto(`/t/${trace}?s=${spanId(trace, 0)}`);
  const row = rowsOf(page).filter({ hasText: "×40" });
  await expect(row.locator(".waterfall-figure").nth(0)).toHaveText("4k");
  await expect(row.locator(".waterfall-figure").nth(1)).toHaveText("$0.080");
  await expect(row).toContainText("✕ 2");
  await expect(row).toHaveAccessibleName(/page, CHAIN, 40 times, .*, 2 failures, 4000 tokens, \$0\.080/);
  await shot(page, "reading-fold");
});
