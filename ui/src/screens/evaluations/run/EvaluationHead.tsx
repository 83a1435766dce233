import { Link } from "@tanstack/react-router";
import { GitCompareArrows } from "lucide-react";
import { count, duration, exact, money } from "../../../core/format";
import { visible } from "../../../core/text";
import type { Evaluation } from "../../../core/types";
import { Button } from "../../../ui/Button";
import { CopyButton } from "../../../ui/CopyButton";
import { Property, PropertyList } from "../../../ui/PropertyList";
import { RunStatus } from "../../../ui/RunStatus";
import { Time } from "../../../ui/Time";
import { DatasetLink, VersionLink } from "../EvaluationLinks";

/** The name of an evaluation, its figures, and links to what was evaluated. */
export function EvaluationHead({ e, evaluation, onCompare }: { e: string; evaluation: Evaluation; onCompare: () => void }) {
  const { run_id, name, status, cases, failed_cases, cost, total_tokens, p50_ms, p95_ms, version, dataset, start_time_ms, duration_ms, user, complete } = evaluation;
  return (
    <header className="evaluation-head">
      <div className="row wrap">
        <Link to="/e/$e/evaluations" params={{ e }} className="button plain">← Evaluations</Link>
        <RunStatus status={status} />
        <h1 className="ellipsis">{visible(name || run_id)}</h1>
        <code className="muted ellipsis">{run_id}</code>
        <CopyButton text={run_id} label="Copy the run id" />
        <span className="grow" />
        <Button onClick={onCompare} title="c"><GitCompareArrows aria-hidden /> Compare…</Button>
        <Link className="button" to="/e/$e/runs/$run" params={{ e, run: run_id }}>Parameters, metrics, tags</Link>
      </div>
      <PropertyList>
        <Property name="Cases">{exact(cases)}</Property>
        <Property name="Failed" look={failed_cases > 0 && "error"}>{exact(failed_cases)}</Property>
        <Property name="p50" title="Half of the cases took at most this long">{duration(p50_ms)}</Property>
        <Property name="p95" title="95 % of the cases took at most this long">{duration(p95_ms)}</Property>
        <Property name="Cost">{money(cost)}</Property>
        <Property name="Tokens" title={exact(total_tokens)}>{count(total_tokens)}</Property>
        {version && <Property name="Version"><VersionLink e={e} version={version} /></Property>}
        {dataset && <Property name="Dataset"><DatasetLink e={e} dataset={dataset} /></Property>}
        <Property name="Started"><Time ms={start_time_ms} /></Property>
        {duration_ms !== null && <Property name="Duration">{duration(duration_ms)}</Property>}
        {!complete && <Property name="Figures" look="warn" title="This run has too many cases to read all of them">of the newest cases only</Property>}
        {user && <Property name="User">{visible(user)}</Property>}
      </PropertyList>
    </header>
  );
}
