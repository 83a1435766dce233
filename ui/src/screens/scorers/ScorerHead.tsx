import { Link } from "@tanstack/react-router";
import { budgetText, limitText, usageText } from "../../core/scorer/budget";
import { samplingText, scoredFilter, waitingText } from "../../core/scorer/scorerText";
import { visible } from "../../core/text";
import type { ListedScorer } from "../../core/types";
import { TracesLink } from "../../ui/address/TracesLink";
import { Button } from "../../ui/Button";
import { Property, PropertyList } from "../../ui/PropertyList";
import { Time } from "../../ui/Time";
import { KindBadge } from "./KindBadge";
import { useStopScorer } from "./useStopScorer";

/** The name of a scorer, what it does at the moment, and what can be done with it. */
export function ScorerHead({ e, experimentId, scorer, onSampling, onBudget, onBackfill, onDelete }: { e: string; experimentId: string; scorer: ListedScorer; onSampling: () => void; onBudget: () => void; onBackfill: () => void; onDelete: () => void }) {
  const stop = useStopScorer(experimentId);
  const isRunning = 0 < scorer.sample_rate;
  return (
    <>
      <div className="row wrap scorer-head">
        <Link className="button plain" to="/e/$e/scorers" params={{ e }}>← Scorers</Link>
        <h1 className="grow breaks">{visible(scorer.name)}</h1>
        <KindBadge scorer={scorer} />
        {isRunning
          ? <><Button title="s" onClick={onSampling}>Sampling…</Button><Button onClick={() => stop(scorer)}>Stop</Button></>
          : <Button look="primary" title="s" disabled={scorer.kind === "unsupported"} onClick={onSampling}>Start…</Button>}
        {scorer.kind === "judge" && <Button title="b" onClick={onBudget}>Budget…</Button>}
        <Button title="p" disabled={scorer.kind === "unsupported"} onClick={onBackfill}>Past traces…</Button>
        <Button look="danger" onClick={onDelete}>Delete…</Button>
      </div>
      {scorer.problem && <p className="warn-text breaks">{scorer.kind === "unsupported" && "This server cannot run it: "}{visible(scorer.problem)}</p>}
      {limitText(scorer) !== null && <p className="warn-text">{limitText(scorer)}</p>}
      <PropertyList>
        <Property name="Sampling">{samplingText(scorer)}</Property>
        {scorer.filter && <Property name="Filter"><code>{visible(scorer.filter)}</code></Property>}
        {scorer.session_level && <Property name="Scores">sessions, when no trace has followed for a while</Property>}
        {scorer.kind === "judge" && <Property name="Model">{scorer.model ? <code>{visible(scorer.model)}</code> : "the server’s default"}</Property>}
        <Property name="Version">{scorer.version}</Property>
        <Property name="Created"><Time ms={scorer.create_time_ms} /></Property>
        {scorer.kind !== "unsupported" && <Property name="Waiting">{waitingText(scorer)}</Property>}
        {scorer.kind === "judge" && <Property name="Today">{usageText(scorer.usage_today)}</Property>}
        {scorer.kind === "judge" && <Property name="Budget" look={scorer.budget !== null && 1 <= scorer.budget.used && "warn"}>{budgetText(scorer.budget)}</Property>}
        {scorer.last_error && <Property name="Last error" look="error">{visible(scorer.last_error)}</Property>}
      </PropertyList>
      <p>
        <TracesLink experiment={e} target={{ q: scoredFilter(scorer.name) }}>Traces with its feedback</TracesLink>
        {" · "}
        <Link to="/e/$e/scorers/$scorer/agreement" params={{ e, scorer: scorer.name }}>Agreement with people</Link>
        {" · "}
        <Link to="/e/$e/quality" params={{ e }} search={{ feedback: scorer.name } as never}>Quality by its feedback</Link>
      </p>
    </>
  );
}
