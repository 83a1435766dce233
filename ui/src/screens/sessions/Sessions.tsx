import { Link, useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useTitle } from "../../ui/browser/useTitle";
import { plural } from "../../core/format";
import { ALL } from "../../core/timeRange";
import { useExperiment } from "../../net/experiment";
import { useLiveRefresh, useRunningSessions, useSessions } from "../../net/sessions";
import { Button } from "../../ui/Button";
import { filterErrorOf } from "../../ui/filter/filterError";
import { ScopeBar } from "../../ui/scope/ScopeBar";
import { type ScopeState, useScope } from "../../ui/scope/useScope";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { useTableSort } from "../../ui/table/useTableSort";
import { SessionTable } from "./SessionTable";
import "./sessions.css";

const NEWEST_FIRST = "-last";
/** Maximum number of sessions that are loaded to sort by anything but the time. */
const SORTED_MAX = 1000;

/** The sessions of an experiment; by default, the latest comes first. */
export default function Sessions() {
  const { e } = useParams({ strict: false }) as { e: string };
  const experiment = useExperiment(e);
  useTitle("Sessions", experiment.data?.name);
  const state = useScope(e);
  const [sort, setSort] = useTableSort(NEWEST_FIRST);
  const { data, error, isPending, isFetching, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useSessions(e, state.side);
  const running = useRunningSessions(e);
  useLiveRefresh(experiment.data?.experiment_id ?? null, ["sessions", e]);
  const [absolute, setAbsolute] = useState(false);
  useHotkeys({ r: () => void refetch(), T: () => setAbsolute(!absolute) });
  const sessions = data?.pages.flatMap((page) => page.sessions) ?? [];

  const sortsAll = sort !== NEWEST_FIRST && hasNextPage && sessions.length < SORTED_MAX && !error;
  useEffect(() => {
    if (sortsAll && !isFetchingNextPage) void fetchNextPage();
  }, [sortsAll, isFetchingNextPage, fetchNextPage]);

  return (
    <div className="page" aria-busy={isFetching}>
      {isFetching && !isPending && <div className="progress-line" />}
      <h1 className="visually-hidden">Sessions</h1>
      <ScopeBar state={state} error={error} />
      {error && sessions.length === 0 ? (!filterErrorOf(error) && <ErrorState error={error} doing="load the sessions" onRetry={() => void refetch()} />)
        : isPending ? <LoadingRows />
        : sessions.length > 0 ? <SessionTable e={e} sessions={sessions} running={running} absolute={absolute} sort={sort} onSort={setSort} />
        : <NoSessions e={e} state={state} />}
      {sort !== NEWEST_FIRST && hasNextPage && (
        <p className="meta" role="status">{sortsAll ? `Reading older sessions: ${sessions.length} …` : `Sorted among the ${sessions.length} latest sessions; there are older ones.`}</p>
      )}
      {hasNextPage && (
        <div><Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>{isFetchingNextPage ? "Loading…" : "Older sessions"}</Button></div>
      )}
      {sessions.length > 0 && !hasNextPage && <p className="meta">{plural(sessions.length, "session")}</p>}
    </div>
  );
}

function NoSessions({ e, state }: { e: string; state: ScopeState }) {
  const { side, range, setQ } = state;
  const ever = useSessions(e, { q: "", range: { from: ALL, to: "" }, utc: side.utc });
  const isBounded = range.text.from !== ALL || range.text.to !== "";
  if (ever.isPending) return <LoadingRows rows={2} />;
  if (0 < (ever.data?.pages[0]?.sessions.length ?? 0)) {
    return (
      <EmptyState title={side.q === "" ? "No sessions in this time range" : "No sessions match the filter"}>
        <div className="row wrap">
          {side.q !== "" && <Button onClick={() => setQ("")}>Clear the filter</Button>}
          {isBounded && <Button onClick={() => range.set({ from: ALL, to: "" })}>All time</Button>}
        </div>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No sessions yet">
      <p>A session groups the traces of one conversation. Set its id on each of them:</p>
      <pre>{'mlflow.update_current_trace(metadata={"mlflow.trace.session": "chat-42"})'}</pre>
      <p>With OpenTelemetry, set the span attribute <code>session.id</code>. <Link to="/e/$e/traces" params={{ e }}>Show the traces</Link></p>
    </EmptyState>
  );
}
