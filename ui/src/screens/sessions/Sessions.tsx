import { Link, useParams } from "@tanstack/react-router";
import { useRef } from "react";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useTitle } from "../../ui/browser/useTitle";
import { useUrl } from "../../ui/address/useUrl";
import { plural } from "../../core/format";
import { useExperiment } from "../../net/experiment";
import { useLiveRefresh, useSessions } from "../../net/sessions";
import { Button } from "../../ui/Button";
import { FilterInput } from "../../ui/FilterInput";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { SessionTable } from "./SessionTable";
import "./sessions.css";

/** The conversations of an experiment, the latest first. */
export default function Sessions() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const experiment = useExperiment(e);
  useTitle("Sessions", experiment.data?.name);
  const filter = { q: search.q, from: search.from, to: search.to };
  const { data, error, isPending, isFetching, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useSessions(e, filter);
  useLiveRefresh(experiment.data?.experiment_id ?? null, ["sessions", e]);
  const input = useRef<HTMLInputElement>(null);
  useHotkeys({ "/": () => input.current?.focus(), r: () => void refetch() });
  const sessions = data?.pages.flatMap((page) => page.sessions) ?? [];
  const filtered = !!(search.q || search.from || search.to);
  const badFilter = error && "status" in error && error.status === 400 ? error : null;

  return (
    <div className="page">
      {isFetching && !isPending && <div className="progress-line" />}
      <div className="row wrap">
        <h1>Sessions</h1>
        <FilterInput
          ref={input}
          label="Filter the traces of sessions"
          placeholder="Sessions with a trace where… such as  status = 'ERROR'  or  user = 'ana'"
          value={search.q ?? ""}
          error={badFilter}
          onCommit={(q) => change({ q })}
        />
      </div>
      {error && !badFilter && sessions.length === 0 ? <ErrorState error={error} doing="load the sessions" onRetry={() => void refetch()} />
        : isPending ? <LoadingRows />
        : sessions.length > 0 ? <SessionTable e={e} sessions={sessions} />
        : badFilter ? null
        : filtered ? (
          <EmptyState title="No sessions match the filter">
            <Button onClick={() => change({ q: null, from: null, to: null })}>Show all sessions</Button>
          </EmptyState>
        ) : <NoSessions e={e} />}
      {hasNextPage && (
        <div><Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>{isFetchingNextPage ? "Loading…" : "Older sessions"}</Button></div>
      )}
      {sessions.length > 0 && !hasNextPage && <p className="meta">{plural(sessions.length, "session")}</p>}
    </div>
  );
}

function NoSessions({ e }: { e: string }) {
  return (
    <EmptyState title="No sessions yet">
      <p>A session groups the traces of one conversation. Set its id on each of them:</p>
      <pre>{'mlflow.update_current_trace(metadata={"mlflow.trace.session": "chat-42"})'}</pre>
      <p>With OpenTelemetry, set the span attribute <code>session.id</code>. <Link to="/e/$e/traces" params={{ e }}>Show the traces</Link></p>
    </EmptyState>
  );
}
