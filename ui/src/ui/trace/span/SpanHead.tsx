import { duration, exact, money, percent } from "../../../core/format";
import { LINKED_PROMPTS_TAG } from "../../../core/prompt/linkedPrompts";
import { shorten, visible } from "../../../core/text";
import { plain } from "../../../core/trace/otel";
import { isLlm, modelOf, nameOf, typeOf } from "../../../core/trace/spanTree";
import { Glyph } from "../../Glyph";
import type { SpanResponse } from "../../../net/span";
import { LinkedPrompts } from "../LinkedPrompts";
import type { TraceModel } from "../useTrace";
import { CopyModelCall } from "./CopyModelCall";

/** Name, status and metrics of a span. */
export function SpanHead({ model, span, answer, compact }: { model: TraceModel; span: number; answer: SpanResponse | undefined; compact?: boolean }) {
  const { tree, self } = model;
  const type = typeOf(tree, span);
  const name = modelOf(tree, span);
  const lasted = tree.duration[span]!;
  const usage = answer?.normalized?.usage ?? null;
  const cached = usage?.cache_read_input_tokens ?? null;
  const prompts = plain(answer?.span.attributes?.find(({ key }) => key === LINKED_PROMPTS_TAG)?.value);
  const firstToken = tree.firstToken[span] ?? null;
  return (
    <div className="span-head">
      <div className="row">
        <Glyph type={type} />
        <h2 className="span-title">{shorten(visible(nameOf(tree, span)), 300)}</h2>
        {tree.failed[span] ? <span className="badge error">✕ Error</span> : tree.open[span] ? <span className="badge">◌ Running</span> : null}
        <span className="grow" />
        {answer?.normalized && isLlm(type) && <CopyModelCall traceId={model.row.trace_id} spanId={tree.id[span]!} answer={answer} />}
      </div>
      <div className="trace-figures">
        <span>
          <b>{tree.open[span] ? `${duration(lasted / 1000)} so far` : duration(lasted / 1000)}</b>{" "}
          {0 < tree.durationUs && <span className="muted">({share(lasted / tree.durationUs)} of the trace)</span>}
        </span>
        <span>starts at <b>+{duration(tree.start[span]! / 1000)}</b></span>
        {self[span]! < lasted && <span title="Time outside of child spans">self time {duration(self[span]! / 1000)}</span>}
        {firstToken !== null && <span>first token after {duration((firstToken - tree.start[span]!) / 1000)}</span>}
        <span className="muted">{visible(type)}</span>
        {name && <span className="mono">{shorten(visible(name), 60)}</span>}
        {tree.tokens[span] != null && (
          <span>
            {exact(tree.tokens[span])} tokens{" "}
            <span className="muted">({exact(tree.inputTokens[span])} in, {exact(tree.outputTokens[span])} out{cached ? `, ${exact(cached)} cached` : ""})</span>
          </span>
        )}
        {tree.cost[span] != null && <span>{money(tree.cost[span])}</span>}
        {!compact && <LinkedPrompts tag={prompts} experiment={model.row.experiment_id} />}
        {tree.orphan[span] === 1 && <span className="warn-text">its parent span is missing</span>}
      </div>
    </div>
  );
}

function share(of: number): string {
  return 0 < of && of < 0.001 ? "< 0.1 %" : percent(of);
}
