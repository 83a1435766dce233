import { Link } from "@tanstack/react-router";
import { plural } from "../../core/format";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import type { ListedScorer } from "../../core/types";
import { useDeleteFailures, useRetryFailures, useScorerFailures } from "../../net/scorerFailures";
import { Button } from "../../ui/Button";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { ErrorState, LoadingRows } from "../../ui/State";
import { Time } from "../../ui/Time";

/** The traces and sessions that a scorer could not score, to be retried or forgotten. */
export function FailureList({ e, scorer, isActive }: {
  e: string;
  scorer: ListedScorer;
  /** Whether the keys work. */
  isActive: boolean;
}) {
  const { data, error, isFetchingNextPage, hasNextPage, fetchNextPage, refetch } = useScorerFailures(e, scorer.name, 0 < scorer.failed);
  const retry = useRetryFailures(e);
  const remove = useDeleteFailures(e);
  const isBusy = retry.isPending || remove.isPending;
  const items = scorer.session_level ? "session" : "trace";
  const run = (failure_ids: string[] | null) => {
    if (isBusy || scorer.failed === 0) return;
    retry.mutate({ scorer: scorer.name, failure_ids }, {
      onSuccess: ({ retried }) => toast(retried === 0 ? `The ${items} no longer exists` : `${plural(retried, items)} will be scored again`),
    });
  };
  useHotkeys({ R: () => run(null) }, isActive);
  if (scorer.failed === 0) return null;
  const failures = data?.pages.flatMap((page) => page.failures) ?? [];
  return (
    <section className="stack" aria-label="Failures">
      <div className="row wrap">
        <h2 className="grow">Could not score {plural(scorer.failed, items)}</h2>
        <Button title="R" disabled={isBusy} onClick={() => run(null)}>{retry.isPending ? "Retrying…" : "Retry all"}</Button>
        <Button disabled={isBusy} onClick={() => remove.mutate({ scorer: scorer.name, failure_ids: null }, { onSuccess: () => toast("The failures are forgotten; the errors stay on the traces") })}>Forget all</Button>
      </div>
      <p className="meta">A retry runs version {scorer.version}, also if the scorer is stopped, and replaces the error on the trace.</p>
      {error && failures.length === 0 ? <ErrorState error={error} doing="list the failures" onRetry={() => void refetch()} />
        : !data ? <LoadingRows />
        : (
          <div className="table-scroll" tabIndex={0} role="region" aria-label="Failures with reasons">
            <table className="table scorer-failures">
              <thead>
                <tr><th scope="col">{scorer.session_level ? "Session" : "Trace"}</th><th scope="col">Reason</th><th scope="col">Attempts</th><th scope="col"><span className="visually-hidden">Actions</span></th></tr>
              </thead>
              <tbody>
                {failures.map((failure) => {
                  const name = visible(failure.session ?? failure.trace_id);
                  return (
                    <tr key={failure.failure_id}>
                      <th scope="row"><Link className="ellipsis" to="/t/$traceId" params={{ traceId: failure.trace_id }} title={name}>{name}</Link><span className="meta"><Time ms={failure.time_ms} /></span></th>
                      <td className="scorer-rationale">{visible(failure.reason)}</td>
                      <td className="number">{failure.attempts}</td>
                      <td className="number"><Button small disabled={isBusy} aria-label={`Retry ${name}`} onClick={() => run([failure.failure_id])}>Retry</Button></td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        )}
      {hasNextPage && <div><Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>Show more</Button></div>}
    </section>
  );
}
