// Content blocks: all content of traces is shown in the form that was chosen last.
import type { Locator, Page } from "@playwright/test";
import { deflateSync } from "node:zlib";
import { checkA11y, expect, NARROW, shot, test } from "./kit";
import { newExperiment, sendTrace, spanId, type SentSpan } from "./otlp";

const QUESTION = "Why does the **webhook** return 401?";
const ANSWER = `# The secret\n\nIt was **rotated**:\n\n${Array.from({ length: 80 }, (_, nth) => `${nth + 1}. step ${nth + 1}`).join("\n")}`;

function call(): SentSpan[] {
  return [
    { name: "agent", type: "AGENT", startMs: 0, durationMs: 900, inputs: { question: QUESTION, top: 40 }, outputs: { answer: ANSWER } },
    {
      name: "chat", type: "CHAT_MODEL", parent: 0, startMs: 10, durationMs: 500, model: "gpt-4.1", tokens: [412, 56],
      inputs: {
        model: "gpt-4.1", temperature: 0.2, max_tokens: 800,
        messages: [{ role: "system", content: "Be brief." }, { role: "user", content: QUESTION }],
        tools: ["search", "read", "write", "list", "delete"].map((name) => ({ type: "function", function: { name, parameters: { type: "object", properties: {} } } })),
      },
      outputs: { choices: [{ message: { role: "assistant", content: ANSWER }, finish_reason: "stop" }] },
    },
    {
      name: "search", type: "RETRIEVER", parent: 0, startMs: 520, durationMs: 100, inputs: { query: "webhook" },
      outputs: [
        { id: "doc-7", page_content: "Rotating the secret invalidates signatures.", metadata: { title: "Secrets", source: "https://docs.example.com/secrets" }, score: 0.83 },
        { id: "doc-9", page_content: "", metadata: { source: "kb/limits.md" }, score: 0.4 },
      ],
    },
  ];
}

const modes = (block: Locator | Page, label: string) => block.getByRole("group", { name: `Show ${label} as` });
const outputOf = (page: Page) => page.getByRole("region", { name: "Output" });

test("content is shown as Pretty, Raw or JSON; the choice applies to every block and screen", async ({ page }) => {
  const experiment = await newExperiment("content");
  const session = `s-${Date.now()}`;
  const trace = await sendTrace(experiment, call(), { session });
  const other = await sendTrace(experiment, call(), { session });
  await page.goto(`/t/${trace}?s=${spanId(trace, 0)}`);
  const output = outputOf(page);
  await expect(modes(output, "the output").getByRole("button")).toHaveText(["Pretty", "Raw", "JSON"]);
  await expect(output.locator(".markdown strong")).toHaveText("rotated");
  await expect(page.getByRole("region", { name: "Input" }).locator(".markdown strong")).toHaveText("webhook");
  await checkA11y(page);
  await shot(page, "content-pretty");
  await modes(output, "the output").getByRole("button", { name: "Raw" }).click();
  await expect(output.locator(".markdown")).toHaveCount(0);
  await expect(output).toContainText("It was **rotated**");
  await expect(page.getByRole("region", { name: "Input" })).toContainText(`"question": "${QUESTION}"`);
  // The choice also applies to other spans, after a reload and on other screens.
  await page.goto(`/t/${trace}?s=${spanId(trace, 1)}`);
  await expect(modes(page, "the input").getByRole("button", { name: "Raw" })).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByRole("region", { name: "Input" })).toContainText("system:");
  await page.goto(`/e/${experiment}/sessions/${session}`);
  await expect(modes(page, "the output of turn 1").getByRole("button", { name: "Raw" })).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByRole("article", { name: "Turn 1", exact: true })).toContainText("It was **rotated**");
  await modes(page, "the output of turn 1").getByRole("button", { name: "Pretty" }).click();
  await expect(page.getByRole("article", { name: "Turn 1", exact: true }).locator(".markdown strong").last()).toHaveText("rotated");
  await shot(page, "content-session");
  await page.goto(`/compare?a=${trace}&b=${other}&view=side`);
  await expect(modes(page, "the answer A").getByRole("button")).toHaveText(["Pretty", "Raw", "JSON"]);
  await expect(page.locator(".compare-columns .markdown strong").first()).toHaveText("rotated");
  await modes(page, "the answer A").getByRole("button", { name: "JSON" }).click();
  await expect(page.getByRole("tree", { name: "the answer B" })).toBeVisible();
  await checkA11y(page);
});

test("a block has one copy button and one button for its full text", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const trace = await sendTrace(await newExperiment("content"), call());
  await page.goto(`/t/${trace}?s=${spanId(trace, 1)}`);
  const output = outputOf(page);
  await expect(output.getByRole("button", { name: /^Copy/ })).toHaveCount(1);
  await output.getByRole("button", { name: "Copy the output" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`assistant:\n${ANSWER}`);
  await expect(output.getByText("step 80")).not.toBeInViewport();
  await output.getByRole("button", { name: "Show full text" }).click();
  await expect(output.getByRole("button", { name: "Show full text" })).toHaveCount(0);
  const block = output.locator(".content");
  // Every kind of block shows text in the font of the page.
  const fonts = await block.evaluate((element) => [...element.querySelectorAll(".markdown, .plain-text, .pretty, .message b")].map((it) => getComputedStyle(it).fontFamily));
  expect(new Set([...fonts, await page.evaluate(() => getComputedStyle(document.body).fontFamily)]).size).toBe(1);
});

test("a model call shows its parameters on one line; documents have title, score and id", async ({ page }) => {
  const trace = await sendTrace(await newExperiment("content"), call());
  await page.goto(`/t/${trace}?s=${spanId(trace, 1)}`);
  const parameters = page.getByRole("region", { name: "Parameters" });
  await expect(parameters).toContainText("gpt-4.1");
  await expect(parameters).toContainText("temperature 0.2");
  await expect(parameters).toContainText("max_tokens 800");
  await parameters.getByText("5 tools: search, read, write, list +1").click();
  await expect(parameters.getByText("delete", { exact: true })).toBeVisible();
  await shot(page, "content-parameters");
  await page.goto(`/t/${trace}?s=${spanId(trace, 2)}`);
  const first = page.getByRole("article", { name: "Secrets" });
  await expect(first.getByRole("link", { name: "Secrets" })).toHaveAttribute("href", "https://docs.example.com/secrets");
  await expect(first.getByTitle("score")).toHaveText("0.83");
  await expect(first.getByTitle("id")).toHaveText("doc-7");
  await expect(page.getByRole("article", { name: "kb/limits.md" })).toContainText("no text");
  await shot(page, "content-documents");
  await page.setViewportSize(NARROW);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
  await checkA11y(page);
});

test("an image is shown whole, however many bytes it has", async ({ page }) => {
  const url = `data:image/png;base64,${noise(300, 640).toString("base64")}`;
  expect(url.length).toBeGreaterThan(200_000);
  const trace = await sendTrace(await newExperiment("content"), [
    {
      name: "chat", type: "CHAT_MODEL", startMs: 0, durationMs: 10,
      inputs: { messages: [{ role: "user", content: [{ type: "text", text: "What is this?" }, { type: "image_url", image_url: { url } }] }] }, outputs: "noise",
    },
  ]);
  await page.goto(`/t/${trace}`);
  await expect(page.getByText("image, 300 × 640")).toBeVisible();
  const input = page.getByRole("region", { name: "Input" });
  const [block, image] = [(await input.locator(".clamp-content").boundingBox())!, (await input.getByRole("img").boundingBox())!];
  expect(image.y + image.height).toBeLessThanOrEqual(block.y + block.height);
  await expect(input.getByRole("button", { name: "Show full text" })).toHaveCount(0);
  await shot(page, "content-image");
});

/** A PNG image of random pixels, which cannot be compressed. */
function noise(width: number, height: number): Buffer {
  let seed = 1;
  const pixels = Buffer.from(Array.from({ length: height * (1 + width) }, (_, at) => (at % (1 + width) === 0 ? 0 : (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) >>> 16)));
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(data.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc(body));
    return Buffer.concat([size, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk("IHDR", head), chunk("IDAT", deflateSync(pixels)), chunk("IEND", Buffer.alloc(0))]);
}

function crc(bytes: Buffer): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
