import { Link } from "@tanstack/react-router";
import { ArrowLeft, ChevronDown, ChevronUp, Maximize2, PanelRight, X } from "lucide-react";
import { equalsClause } from "../../core/filter/print";
import { count, duration, exact, money, plural } from "../../core/format";
import { LINKED_PROMPTS_TAG } from "../../core/prompt/linkedPrompts";
import { shorten, visible } from "../../core/text";
import { useExperiment } from "../../net/experiment";
import { ArchivedBadge } from "../ArchivedBadge";
import { IconButton } from "../Button";
import { CopyButton } from "../CopyButton";
import { outcomeOf } from "../Outcome";
import { Time } from "../Time";
import { AssessmentBadge } from "../Assessment";
import { LinkedPrompts } from "./LinkedPrompts";
import { SessionTurns } from "./SessionTurns";
import { TraceMenu } from "./share/TraceMenu";
import { Tags } from "./Tags";
import type { TraceViewProps } from "./TraceView";
import type { SpanSelection } from "./useSpanSelection";
import type { TraceModel } from "./useTrace";

const OUTCOMES = {
  ok: { look: "ok", text: "✓ OK" },
  recovered: { look: "warn", text: "▲ OK" },
  error: { look: "error", text: "✕ Error" },
  running: { look: "", text: "◌ Running" },
};

/** The header of a trace: metrics, labels and actions. */
export function TraceHeader({ model, selection, pane, compact, onClose, onPrevious, onNext, layout, onLayout, onAssess }: TraceViewProps & { model: TraceModel; selection: SpanSelection; onAssess: () => void }) {
  const { row, tree } = model;
  const outcome = OUTCOMES[outcomeOf(row)];
  const experiment = useExperiment(row.experiment_id);
  const { [LINKED_PROMPTS_TAG]: linked, ...tags } = row.tags;
  return (
    <header className="trace-header">
      <div className="row wrap trace-top">
        {!pane && !compact && (
          <Link className="button plain" to="/e/$e/traces" params={{ e: row.experiment_id }} title={`All traces of ${experiment.data?.name ?? "this experiment"}`}>
            <ArrowLeft aria-hidden /> Traces
          </Link>
        )}
        <h1 className="trace-title ellipsis" title={visible(row.name ?? row.trace_id)}>{shorten(visible(row.name ?? "unnamed trace"), 120)}</h1>
        <span className={`badge ${outcome.look}`} title={0 < row.failed_spans ? plural(row.failed_spans, "failed span") : undefined}>
          <span className="ellipsis">{outcome.text}{0 < row.failed_spans && ` · ${plural(row.failed_spans, "failed span")}`}</span>
        </span>
        {row.is_archived && <ArchivedBadge />}
        <span className="row trace-actions">
          {!compact && <TraceMenu model={model} selection={selection} onClose={onClose} onAssess={onAssess} />}
          {(onPrevious || onNext) && (
            <>
              <IconButton look="plain" label="Previous trace (K)" icon={<ChevronUp aria-hidden />} onClick={onPrevious} disabled={!onPrevious} />
              <IconButton look="plain" label="Next trace (J)" icon={<ChevronDown aria-hidden />} onClick={onNext} disabled={!onNext} />
            </>
          )}
          {layout && onLayout && (
            <span className="segmented layout-choice" role="group" aria-label="Layout">
              <IconButton label="Beside the list (F)" icon={<PanelRight aria-hidden />} aria-pressed={layout === "pane"} onClick={() => onLayout("pane")} />
              <IconButton label="Full width (F)" icon={<Maximize2 aria-hidden />} aria-pressed={layout === "full"} onClick={() => onLayout("full")} />
            </span>
          )}
          {onClose && <IconButton look="plain" label="Close (Esc)" icon={<X aria-hidden />} onClick={onClose} />}
        </span>
      </div>
      <div className="trace-figures">
        <b>{row.state === "IN_PROGRESS" ? `${duration(tree.durationUs / 1000)} so far` : duration(row.duration_ms ?? tree.durationUs / 1000)}</b>
        <span>{plural(tree.total, "span")}</span>
        {row.total_tokens !== null && (
          <span title={`${exact(row.input_tokens)} in, ${exact(row.output_tokens)} out${row.cached_tokens ? `, ${exact(row.cached_tokens)} of them from the cache` : ""}`}>
            {exact(row.total_tokens)} tokens <span className="muted">({count(row.input_tokens)} in, {count(row.output_tokens)} out{row.cached_tokens ? `, ${count(row.cached_tokens)} cached` : ""})</span>
          </span>
        )}
        {row.cost !== null && <span>{money(row.cost)}</span>}
        <Time ms={row.request_time_ms} />
        {model.session && <SessionTurns place={model.session} experiment={row.experiment_id} pane={pane} />}
        {row.user && <FilterLink name="user" value={row.user} experiment={row.experiment_id} />}
        {row.version && <FilterLink name="version" value={row.version} experiment={row.experiment_id} />}
        {row.environment && <FilterLink name="environment" value={row.environment} experiment={row.experiment_id} />}
        <span className="trace-id mono">{shorten(row.trace_id, 15)}<CopyButton text={row.trace_id} label="Copy the id (Y)" /></span>
      </div>
      {!compact && (
        <div className="row wrap trace-labels">
          {row.assessments.slice(0, 12).map((assessment) => assessment.kind === "issue" ? (
            <Link key={assessment.assessment_id} to="/e/$e/issues/$issue" params={{ e: row.experiment_id, issue: assessment.name }} title="Open the issue"><AssessmentBadge assessment={assessment} /></Link>
          ) : <AssessmentBadge key={assessment.assessment_id} assessment={assessment} />)}
          <LinkedPrompts tag={linked} experiment={row.experiment_id} />
          <Tags traceId={row.trace_id} tags={tags} />
        </div>
      )}
    </header>
  );
}

/** A value that links to all traces with it. */
function FilterLink({ name, value, experiment }: { name: string; value: string; experiment: string }) {
  const shown = shorten(visible(value), 40);
  const filter = equalsClause(name, value);
  return (
    <span>
      {name}{" "}
      <Link className="fact-link" to="/e/$e/traces" params={{ e: experiment }} search={{ q: filter } as never} title={`All traces with this ${name}`}>
        {shown}
      </Link>
    </span>
  );
}
