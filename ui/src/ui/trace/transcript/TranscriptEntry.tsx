import { count, duration, money, plural } from "../../../core/format";
import { shorten, visible } from "../../../core/text";
import { nameOf, typeOf } from "../../../core/trace/spanTree";
import type { TranscriptItem } from "../../../core/trace/transcript";
import { Glyph } from "../../Glyph";
import type { TraceModel } from "../useTrace";
import { EntryContent } from "./EntryContent";
import type { Preview } from "./usePreviews";

/** One span of the conversation: name, duration and new content. */
export function TranscriptEntry({ item, model, preview, before, isFirstCall, hasToolSpans, chosen, open, onSelect, onToggle }: {
  item: TranscriptItem;
  model: TraceModel;
  preview: Preview | undefined;
  before: Preview | undefined;
  isFirstCall: boolean;
  hasToolSpans: boolean;
  chosen: boolean;
  open: boolean;
  onSelect: () => void;
  onToggle: () => void;
}) {
  const { tree } = model;
  const { kind, span, level } = item;
  const failed = tree.failed[span] === 1;
  const name = shorten(visible(nameOf(tree, span)), 80);
  const error = tree.error[span] ?? preview?.error;
  const inside = tree.end[span]! - span - 1;
  return (
    <article className={`entry entry-${kind}${chosen ? " chosen" : ""}${failed ? " failed" : ""}`} style={{ marginLeft: Math.min(level, 8) * 18 }} aria-label={`${label(kind)} ${name}`}>
      <header className="entry-head">
        {kind === "input" || kind === "output" ? <b>{label(kind)}</b> : <Glyph type={typeOf(tree, span)} />}
        <button type="button" className="link ellipsis" aria-current={chosen} onClick={onSelect}>{failed && <b>✕ </b>}{name}</button>
        {kind !== "input" && (
          <span className="meta ellipsis">
            {duration(tree.duration[span]! / 1000)}
            {tree.tokens[span] != null && ` · ${count(tree.tokens[span])} tok`}
            {tree.cost[span] != null && ` · ${money(tree.cost[span])}`}
          </span>
        )}
        {kind === "agent" && (
          <button type="button" className="link meta" aria-expanded={open} onClick={onToggle}>{open ? "Collapse" : `Expand ${plural(inside, "span")}`}{!open && 0 < tree.failedBelow[span]! ? `, ${plural(tree.failedBelow[span]!, "failure")}` : ""}</button>
        )}
      </header>
      {failed && error && kind !== "output" && <p className="error-text entry-error">{visible(error)}</p>}
      {kind !== "step" && (preview ? <EntryContent item={item} model={model} preview={preview} before={before} isFirstCall={isFirstCall} hasToolSpans={hasToolSpans} /> : <p className="muted" role="status">…</p>)}
    </article>
  );
}

function label(kind: TranscriptItem["kind"]): string {
  return { input: "Input", output: "Output", llm: "Model", tool: "Tool", retrieval: "Retrieval", agent: "Agent", step: "Step" }[kind];
}
