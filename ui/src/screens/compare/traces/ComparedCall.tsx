import { useState } from "react";
import { inputMessages } from "../../../core/chat/chatText";
import type { AlignedSpan } from "../../../core/alignSpans";
import { visible } from "../../../core/text";
import type { SpanTree } from "../../../core/trace/spanTree";
import { useSpans } from "../../../net/comparedTraces";
import type { TraceRow } from "../../../core/types";
import { Glyph } from "../../../ui/Glyph";
import { ErrorState, LoadingRows } from "../../../ui/State";
import { LETTERS } from "../../../core/letters";
import { ComparedTexts } from "../../../ui/compare/ComparedTexts";

interface Props {
  number: number;
  call: AlignedSpan;
  traces: TraceRow[];
  trees: SpanTree[];
  sideBySide: boolean;
}

/** One model call in each trace; its prompts are loaded when it is expanded. */
export function ComparedCall(props: Props) {
  const { number, call, trees } = props;
  const [open, setOpen] = useState(number === 1);
  const models = call.spans.map((span, at) => (span < 0 || trees[at]!.model[span]! < 0 ? null : trees[at]!.strings[trees[at]!.model[span]!]!));
  const known = models.filter((model) => model !== null);
  return (
    <details className="card" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Glyph type={call.type} /> {visible(call.name)} <span className="meta">call {number}</span>{" "}
        <span className={new Set(known).size > 1 ? "meta warn-text" : "meta"}>{visible([...new Set(known)].join(" → "))}</span>
      </summary>
      {open && <Messages {...props} />}
    </details>
  );
}

function Messages({ call, traces, trees, sideBySide }: Props) {
  const has = call.spans.flatMap((span, at) => (span < 0 ? [] : [{ at, spanId: trees[at]!.id[span]! }]));
  const { spans, pending, error } = useSpans(has.map(({ at, spanId }) => ({ traceId: traces[at]!.trace_id, spanId })));
  if (pending) return <LoadingRows rows={3} />;
  if (error) return <ErrorState error={error} doing="load the prompts" />;
  const prompts = spans.map((span) => inputMessages(span?.normalized).map(({ role, text }) => `${role}:\n${text}`).join("\n\n"));
  const missing = call.spans.flatMap((span, at) => (span < 0 ? [LETTERS[at]] : []));
  return (
    <div className="stack compare-messages">
      <ComparedTexts texts={prompts} label="the prompt" sideBySide={sideBySide} none="No prompt." />
      {missing.length > 0 && <p className="meta">Not called in {missing.join(" and ")}.</p>}
    </div>
  );
}
