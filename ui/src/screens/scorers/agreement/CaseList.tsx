import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { exact } from "../../../core/format";
import { visible } from "../../../core/text";
import type { ComparedAnswer, ComparedFeedback, ListedScorer } from "../../../core/types";
import { type AgreementScope, type Cell, useAgreementCases, useSettle } from "../../../net/scorerAgreement";
import { Button } from "../../../ui/Button";
import { useHotkeys } from "../../../ui/keys/hotkeys";
import { useRowKeys } from "../../../ui/keys/useRowKeys";
import { ErrorState, LoadingRows } from "../../../ui/State";
import { Time } from "../../../ui/Time";
import { useAddExample } from "./useAddExample";

/** The traces on which the scorer and a person disagree, or those of a cell, to be worked through by keyboard. */
export function CaseList({ scope, cell, experimentId, registered, onAll }: {
  scope: AgreementScope;
  cell: Cell | null;
  experimentId: string | undefined;
  /** The scorer, if one of this name is registered. */
  registered: ListedScorer | undefined;
  onAll: () => void;
}) {
  const list = useRef<HTMLOListElement>(null);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useAgreementCases(scope, cell);
  const { settle, isPending } = useSettle(scope.name);
  const addExample = useAddExample(scope.experiment, experimentId, registered);
  const cases = data?.pages.flatMap((page) => page.cases) ?? [];
  useRowKeys(list);
  const focusedCase = () => {
    const id = document.activeElement?.closest("li")?.querySelector<HTMLElement>("[data-case]")?.dataset.case;
    return cases.find(({ scorer }) => scorer.assessment_id === id);
  };
  const decide = (compared: ComparedFeedback | undefined, right: "scorer" | "person") => {
    if (!compared || isPending || compared.scorer.category === compared.person.category || (right === "person" && compared.is_override)) return;
    const position = cases.indexOf(compared);
    // A case that is settled leaves the list; the focus goes to the one that takes its place.
    const focusNext = () => requestAnimationFrame(() => list.current?.querySelectorAll<HTMLElement>("[data-row]")[position]?.focus());
    settle({ compared, right }, { onSuccess: focusNext });
  };
  const example = (compared: ComparedFeedback | undefined) => {
    if (compared) addExample?.(compared);
  };
  useHotkeys({ 1: () => decide(focusedCase(), "scorer"), 2: () => decide(focusedCase(), "person"), e: () => example(focusedCase()) });

  return (
    <section className="stack" aria-labelledby="cases">
      <div className="row wrap">
        <h2 id="cases" className="grow">{cell ? `Scorer ${visible(cell.scorer)}, person ${visible(cell.person)}` : "Disagreements"}</h2>
        {cell && <Button small onClick={onAll}>Show all disagreements</Button>}
        <span className="meta"><span className="kbd">j</span> <span className="kbd">k</span> next, <span className="kbd">1</span> the scorer is right, <span className="kbd">2</span> the person is right{addExample && <>, <span className="kbd">e</span> use as example</>}</span>
      </div>
      {error && !data ? <ErrorState error={error} doing="list the disagreements" onRetry={() => void refetch()} />
        : !data ? <LoadingRows rows={4} />
        : cases.length === 0 ? <p className="muted">{cell ? "No trace is left in this cell." : "The scorer and people agree on all traces."}</p>
        : (
          <ol className="agreement-cases" ref={list}>
            {cases.map((compared) => (
              <CaseItem key={compared.scorer.assessment_id} compared={compared} isBusy={isPending} onDecide={(right) => decide(compared, right)} onExample={addExample && (() => addExample(compared))} />
            ))}
          </ol>
        )}
      {hasNextPage && <div><Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>{isFetchingNextPage ? "Loading…" : "Show more"}</Button> <span className="meta">{exact(cases.length)} shown</span></div>}
    </section>
  );
}

function CaseItem({ compared, isBusy, onDecide, onExample }: {
  compared: ComparedFeedback;
  isBusy: boolean;
  onDecide: (right: "scorer" | "person") => void;
  onExample: (() => void) | null;
}) {
  const { trace_id, request_time_ms, trace_name, input, output, version, scorer, person, is_override } = compared;
  const isSame = scorer.category === person.category;
  return (
    <li className="card">
      <div className="row">
        <Link className="ellipsis grow" data-row data-case={scorer.assessment_id} to="/t/$traceId" params={{ traceId: trace_id }}>{visible(input ?? trace_name ?? trace_id)}</Link>
        {is_override && <span className="badge" title="The person corrected the scorer">corrected</span>}
        <span className="meta"><Time ms={request_time_ms} /></span>
      </div>
      {output && <p className="agreement-output muted">{visible(output)}</p>}
      <div className="agreement-answers">
        <Answer who={version === null ? "Scorer" : `Scorer, version ${visible(version)}`} answer={scorer} />
        <Answer who={visible(person.source_id ?? "") || "Person"} answer={person} />
      </div>
      <div className="row wrap">
        {!isSame && <Button small title="1" disabled={isBusy} onClick={() => onDecide("scorer")}>The scorer is right</Button>}
        {!isSame && !is_override && <Button small title="2" disabled={isBusy} onClick={() => onDecide("person")}>The person is right</Button>}
        {onExample && <Button small title="e" onClick={onExample}>Use as example</Button>}
        {scorer.scorer_trace_id && <Link className="meta" to="/t/$traceId" params={{ traceId: scorer.scorer_trace_id }}>Judge’s trace</Link>}
      </div>
    </li>
  );
}

function Answer({ who, answer: { category, rationale } }: { who: string; answer: ComparedAnswer }) {
  return (
    <div>
      <p><span className="meta">{who}</span> <span className="badge accent"><span className="ellipsis">{visible(category)}</span></span></p>
      {rationale ? <p className="plain-text agreement-reason">{visible(rationale)}</p> : <p className="muted">no reason given</p>}
    </div>
  );
}
