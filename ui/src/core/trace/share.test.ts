import { describe, expect, it } from "vitest";
import type { SpanTreePage, TraceRow } from "../types";
import { asPage, escapeHtml } from "./page";
import { asCurl, asMarkdown, asPython, asPromptText, selectSpansForText } from "./share";
import { readSpanTree } from "./spanTree";

const BAD = "<script>alert(1)</script> \"'` [x](javascript:1) \u202e";
const row = {
  trace_id: "tr-1", name: BAD, state: "OK", recovered: true, failed_spans: 1, duration_ms: 9410, request_time_ms: 0, total_tokens: 3344, cost: 0.0016,
  error: { span_id: "b", span: BAD, message: `TimeoutError: ${BAD}` }, input: BAD, output: BAD, session: BAD, user: null, version: null,
} as TraceRow;
const tree = readSpanTree([{
  trace: row, session: null, start_ns: "0", duration_us: 100, spans_total: 3, first: 0, next: null, strings: [BAD, "AGENT", "TOOL", "CHAIN"],
  id: ["a", "b", "c"], parent: [-1, 0, 0], orphan: [], name: [0, 0, 0], type: [1, 2, 3], start: [0, 10, 50], duration: [100, 20, null], status: [1, 2, 1], model: [-1, 0, -1],
  tokens: [null, 5, null], input_tokens: [null, 5, null], output_tokens: [null, 0, null], cost: [null, null, null], first_token: [null, null, null], error: [null, BAD, null],
} satisfies SpanTreePage]);
const said = () => ({ input: BAD, output: BAD });

describe("the HTML page", () => {
  const page = asPage(row, tree, "https://kansoku.example/t/tr-1?a=\"b", said);
  it("escapes every text, and has no script", () => {
    expect(page).not.toContain("<script");
    expect(page).not.toContain('a="b');
    expect(page).not.toMatch(/ on\w+=/);
    expect(page).not.toContain("\u202e");
    expect(page.match(/<details/g)?.length).toBe(3);
  });
  it("loads no external resources", () => expect(page).not.toMatch(/src=|url\(|@import/));
  it("escapes the special characters of HTML", () => expect(escapeHtml(`<a href="x">'&'</a>`)).toBe("&#60;a href=&#34;x&#34;&#62;&#39;&#38;&#39;&#60;/a&#62;"));
});

it("escapes Markdown and keeps each text on its line", () => {
  const text = asMarkdown(row, tree, "https://k.example/t/tr-1");
  expect(text).toContain("\\<script\\>");
  expect(text).toContain("ok, with 1 failed spans · 9.41 s · 3 spans · 3,344 tokens · $0.0016");
  // Text between backticks has no meaning in Markdown.
  expect(text.replace(/ `[^`]*`/g, "")).not.toMatch(/[^\\]\[x\]\(/);
});

it("selects failed spans for the prompt first, and keeps their order", () => {
  expect(selectSpansForText(tree, 2)).toEqual([0, 1]);
  const text = asPromptText(row, tree, said);
  expect(text).toContain("TOOL");
  expect(text).toContain("FAILED");
  expect(text.split("\n").length).toBe(3 + 3 * 3);
});

it("writes code that runs", () => {
  expect(asPython('tr-"1', "http://h:1")).toContain('mlflow.get_trace("tr-\\"1")');
  expect(asCurl("tr-1' ; rm", "http://h:1")).not.toContain("' ; rm");
});
