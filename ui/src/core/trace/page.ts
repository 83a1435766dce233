// Writes a trace as one HTML file without scripts or external resources; every text is escaped.
import type { TraceRow } from "../types";
import { absoluteTime, duration, exact, money, plural } from "../format";
import { spanLook } from "../spanType";
import { shorten, visible } from "../text";
import { modelOf, nameOf, typeOf, type SpanTree } from "./spanTree";

export const PAGE_SPANS_MAX = 2000;

const STYLE = `
body{font:14px/20px system-ui,sans-serif;margin:24px auto;max-width:1100px;padding:0 16px;color:#16191f;background:#fff}
h1{font-size:20px;margin:0}dl{display:flex;flex-wrap:wrap;gap:4px 20px;color:#4a5261}dl div{display:flex;gap:6px}dd{margin:0;color:#16191f}
details{border-top:1px solid #d9dde3}summary{display:grid;grid-template-columns:minmax(240px,45%) 1fr 80px;gap:12px;padding:3px 0;cursor:pointer;align-items:center}
summary .name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.failed .name{color:#c2182b;font-weight:700}
.bars{position:relative;height:12px}.bar{position:absolute;top:0;height:12px;min-width:2px;border-radius:2px}
.time{text-align:right;color:#4a5261}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f6f7f9;border:1px solid #d9dde3;border-radius:6px;padding:8px;margin:4px 0 8px}
.error{color:#c2182b}.muted{color:#626b7a}
.agent{background:#b0208a}.llm{background:#6a3fd6}.tool{background:#0b6fb8}.retriever{background:#0e7250}.embedding{background:#0b6d78}.chain{background:#5b6678}.parser{background:#7a6a1c}.memory{background:#8a5638}.guardrail{background:#955500}.unknown{background:#5f6673}.bad{background:#c2182b}
`;

export interface PageTexts {
  input: string | null;
  output: string | null;
}

export function asPage(row: TraceRow, tree: SpanTree, link: string, textsOf: (spanId: string) => PageTexts | undefined): string {
  const title = row.name ?? row.trace_id;
  const properties: [string, string | null][] = [
    ["id", row.trace_id],
    ["outcome", row.state === "ERROR" ? "failed" : row.recovered ? `ok, ${plural(row.failed_spans, "failed span")}` : row.state.toLowerCase()],
    ["duration", duration(row.duration_ms ?? tree.durationUs / 1000)],
    ["began", absoluteTime(row.request_time_ms, true) + " UTC"],
    ["spans", exact(tree.total)],
    ["tokens", row.total_tokens === null ? null : exact(row.total_tokens)],
    ["cost", row.cost === null ? null : money(row.cost)],
    ["session", row.session],
    ["user", row.user],
    ["version", row.version],
  ];
  const spans = Math.min(tree.count, PAGE_SPANS_MAX);
  const rows = Array.from({ length: spans }, (_, span) => spanHtml(tree, span, textsOf(tree.id[span]!)));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><h1>${escapeHtml(title)}</h1>
<p><a href="${escapeHtml(link)}" rel="noopener noreferrer">${escapeHtml(link)}</a></p>
<dl>${properties.filter(([, value]) => value !== null).map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value!)}</dd></div>`).join("")}</dl>
${row.error ? `<p class="error">✕ ${escapeHtml(row.error.span)}: ${escapeHtml(row.error.message ?? "failed")}</p>` : ""}
${rows.join("\n")}
${spans < tree.total ? `<p class="muted">and ${exact(tree.total - spans)} more spans</p>` : ""}
</body></html>
`;
}

function spanHtml(tree: SpanTree, span: number, texts: PageTexts | undefined): string {
  const failed = tree.failed[span] === 1;
  const percent = (us: number) => ((us / Math.max(tree.durationUs, 1)) * 100).toFixed(2);
  const model = modelOf(tree, span);
  const inside = [
    `<p class="muted">${escapeHtml(typeOf(tree, span))}${model ? ` · ${escapeHtml(model)}` : ""} · starts at +${duration(tree.start[span]! / 1000)}${tree.tokens[span] == null ? "" : ` · ${exact(tree.tokens[span])} tokens`}${tree.cost[span] == null ? "" : ` · ${money(tree.cost[span])}`}</p>`,
    failed && tree.error[span] ? `<p class="error">${escapeHtml(tree.error[span]!)}</p>` : "",
    texts?.input ? `<div>Input<pre>${escapeHtml(texts.input)}</pre></div>` : "",
    texts?.output ? `<div>Output<pre>${escapeHtml(texts.output)}</pre></div>` : "",
  ];
  return `<details${failed ? ' class="failed" open' : ""}><summary><span class="name" style="padding-left:${Math.min(tree.depth[span]!, 30) * 14}px">${failed ? "✕ " : ""}${escapeHtml(shorten(nameOf(tree, span), 200))}</span><span class="bars"><span class="bar ${failed ? "bad" : spanLook(typeOf(tree, span)).color}" style="left:${percent(tree.start[span]!)}%;width:${percent(tree.duration[span]!)}%"></span></span><span class="time">${duration(tree.duration[span]! / 1000)}</span></summary>${inside.join("")}</details>`;
}

export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
