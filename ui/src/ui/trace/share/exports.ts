import { asPage } from "../../../core/trace/page";
import { asPromptText, selectSpansForText } from "../../../core/trace/share";
import { apiUrl, kansoku, send } from "../../../net/api";
import type { PreviewList, SpanPreview } from "../../../core/types";
import { saveFile } from "../../browser/download";
import type { TraceModel } from "../useTrace";

const BATCH_SIZE = 50;
const SPANS_MAX = 300;

/** Previews of the selected spans, by span id. */
async function previews(model: TraceModel): Promise<Map<string, SpanPreview>> {
  const ids = selectSpansForText(model.tree, SPANS_MAX).map((span) => model.tree.id[span]!);
  const found = new Map<string, SpanPreview>();
  for (let at = 0; at < ids.length; at += BATCH_SIZE) {
    const path = `traces/${encodeURIComponent(model.row.trace_id)}/previews`;
    const answer = await kansoku<PreviewList>(path, {}, { method: "POST", body: { span_ids: ids.slice(at, at + BATCH_SIZE) } });
    for (const preview of answer.previews) found.set(preview.span_id, preview);
  }
  return found;
}

export async function textForModel(model: TraceModel): Promise<string> {
  const texts = await previews(model);
  return asPromptText(model.row, model.tree, (id) => texts.get(id));
}

export async function downloadPage(model: TraceModel, link: string): Promise<void> {
  const texts = await previews(model);
  const page = asPage(model.row, model.tree, link, (id) => texts.get(id));
  saveFile(new Blob([page], { type: "text/html" }), `${model.row.trace_id}.html`);
}

export async function downloadOtlpJson(traceId: string): Promise<void> {
  const path = `3.0/kansoku/traces/${encodeURIComponent(traceId)}/otlp`;
  const answer = await send(path, apiUrl(path), { headers: { accept: "application/json" } });
  saveFile(await answer.blob(), `${traceId}.otlp.json`);
}
