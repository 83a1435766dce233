// Large traces, and traces with hostile text.
import { checkA11y, expect, shot, test } from "./kit";
import { newExperiment, sendTrace, spanId, type SentSpan } from "./otlp";

let experiment: string;
test.beforeAll(async () => {
  experiment = await newExperiment("large");
});

function many(count: number): SentSpan[] {
  const spans: SentSpan[] = [{ name: "agent", type: "AGENT", startMs: 0, durationMs: count * 10 }];
  for (let nth = 1; nth < count; nth++) {
    const isStep = nth % 8 === 1;
    const error = nth % 997 === 0 ? `ValueError: bad value ${nth}` : undefined;
    spans.push({ name: isStep ? `step_${nth}` : "call", type: isStep ? "CHAIN" : nth % 3 ? "TOOL" : "LLM", parent: isStep ? 0 : nth - ((nth - 1) % 8), startMs: nth * 10, durationMs: isStep ? 80 : 9, error });
  }
  return spans;
}

test("ten thousand spans scroll smoothly with few DOM elements", async ({ page }) => {
  const trace = await sendTrace(experiment, many(10_000));
  await page.goto(`/t/${trace}`);
  const rows = page.getByRole("tree", { name: "Spans of the trace, 10000" });
  await expect(rows.getByRole("treeitem", { selected: true })).toHaveAccessibleName(/failed/);
  await expect(page.getByText("10 failed spans", { exact: true })).toBeVisible();
  const worst = await rows.evaluate(async (scroller) => {
    let elements = 0;
    const frames: number[] = [];
    for (let step = 0, last = performance.now(); step < 120; step++) {
      scroller.scrollTop = (step * 2111) % scroller.scrollHeight;
      await new Promise(requestAnimationFrame);
      frames.push(performance.now() - last);
      last = performance.now();
      elements = Math.max(elements, document.querySelectorAll("*").length);
    }
    return { elements, median: frames.sort((a, b) => a - b)[60]! };
  });
  expect(worst.elements).toBeLessThan(2500);
  // 17 ms on an idle machine; many tests run at the same time here.
  expect(worst.median).toBeLessThan(200);
  await rows.focus();
  await page.keyboard.press("End");
  await expect(rows.getByRole("treeitem", { selected: true })).toHaveAccessibleName(/call/);
  await page.keyboard.press("Shift+ArrowLeft");
  await expect(rows.getByRole("treeitem").nth(3)).toHaveAccessibleName(/7 spans inside/);
  await shot(page, "trace-10000");
});

test("a long run of the same step is one row until it is expanded", async ({ page }) => {
  const spans: SentSpan[] = [{ name: "agent", type: "AGENT", startMs: 0, durationMs: 500 }];
  for (let nth = 0; nth < 43; nth++) spans.push({ name: "read_page", type: "TOOL", parent: 0, startMs: nth * 10, durationMs: 9 });
  const trace = await sendTrace(experiment, spans);
  await page.goto(`/t/${trace}`);
  const rows = page.getByRole("tree", { name: /Spans of the trace/ });
  await expect(rows.getByRole("treeitem")).toHaveCount(2);
  await page.keyboard.press("ArrowDown");
  await expect(rows.getByRole("treeitem", { selected: true })).toHaveAccessibleName(/read_page, TOOL, 43 times/);
  await shot(page, "trace-fold");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await expect(rows.getByRole("treeitem", { selected: true })).toHaveAccessibleName("read_page, TOOL, 9 ms");
});

test("texts and lists of megabytes are truncated, and loaded in full on demand", async ({ page }) => {
  test.slow();
  const records = Array.from({ length: 20_000 }, (_, id) => ({ id, text: "lorem ipsum ".repeat(10) }));
  const trace = await sendTrace(experiment, [
    { name: "reads", type: "TOOL", startMs: 0, durationMs: 10, inputs: { text: `${"word ".repeat(2_000_000)}end` }, outputs: { ok: true } },
    { name: "loads", type: "TOOL", parent: 0, startMs: 2, durationMs: 5, inputs: {}, outputs: records },
  ]);
  await page.goto(`/t/${trace}?s=${spanId(trace, 0)}`);
  await expect(page.getByText("9.5 MiB, truncated")).toBeVisible();
  await page.getByRole("button", { name: "Show full text" }).last().click();
  const whole = page.getByRole("tree", { name: "inputs" });
  await expect(whole.getByRole("treeitem").nth(1)).toContainText("text: \"word word");
  await page.goto(`/t/${trace}?s=${spanId(trace, 1)}`);
  // At first, only the beginning of the long list is shown.
  await expect(page.getByText("2.7 MiB, truncated")).toBeVisible();
  await page.getByRole("button", { name: "Show full text" }).last().click();
  const json = page.getByRole("tree", { name: "outputs" });
  await expect(json.getByRole("treeitem").nth(1)).toContainText('{"id":0', { timeout: 40_000 });
  await page.getByLabel("Find in this JSON").fill('19999');
  await page.getByRole("button", { name: "Next", exact: true }).click();
  await expect(json.getByRole("treeitem", { selected: true })).toContainText("19999");
  await expect(json.getByRole("treeitem", { selected: true })).toBeInViewport();
  expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(2500);
  await shot(page, "trace-payload");
});

const BAD = [
  "<script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\">",
  "\u001b[31mred\u001b[0m \u0007bell",
  "\u202egnp.exe\u202c",
  "[click](javascript:document.title='hacked') ![x](https://attacker.example/beacon.png)",
].join(" ");

test("hostile text in every field stays text", async ({ page }) => {
  const trace = await sendTrace(
    experiment,
    [
      { name: BAD, type: "AGENT", startMs: 0, durationMs: 100, inputs: { [BAD]: BAD, messages: [{ role: BAD, content: BAD }, { role: "user", content: [{ type: "text", text: BAD }, { type: "image_url", image_url: { url: "https://attacker.example/x.png" } }] }] }, outputs: BAD, error: BAD, attributes: { [BAD]: BAD, ["k".repeat(3000)]: "v" }, events: [{ name: BAD, attributes: { [BAD]: BAD } }] },
      { name: "chat", type: "CHAT_MODEL", parent: 0, startMs: 1, durationMs: 50, model: BAD, inputs: { messages: [{ role: "user", content: BAD }] }, outputs: { choices: [{ message: { role: "assistant", content: BAD } }] } },
      { name: "docs", type: "RETRIEVER", parent: 0, startMs: 2, durationMs: 50, inputs: { q: BAD }, outputs: [{ page_content: BAD, metadata: { doc_uri: "javascript:document.title='hacked'", [BAD]: BAD } }] },
      { name: "odd", type: "<b>TYPE</b>", parent: 0, startMs: 3, durationMs: 1, inputs: "plain" },
    ],
    { session: BAD },
  );
  for (const query of ["", "?tab=attributes", "?tab=events", "?tab=raw", "?tab=assessments", "?v=transcript", "?v=names", "?v=flame", `?s=${spanId(trace, 1)}`, `?s=${spanId(trace, 2)}`, "?find=script"]) {
    await page.goto(`/t/${trace}${query}`);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("<script>");
    await expect(page.locator(".span-tab")).not.toBeEmpty();
    await page.waitForTimeout(300);
    expect(await page.title()).not.toBe("hacked");
    expect(await page.locator("a[href^='javascript' i]").count()).toBe(0);
    // Direction marks are shown as visible text.
    expect(await page.evaluate(() => /[\u202a-\u202e\u2066-\u2069]/.test(document.body.innerText))).toBe(false);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1440);
    if (query === "") {
      await checkA11y(page);
      await shot(page, "trace-hostile");
    }
  }
});
