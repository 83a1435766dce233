import { useParams } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight, ExternalLink } from "lucide-react";
import { lazy, Suspense, useSyncExternalStore, type MouseEvent } from "react";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useTitle } from "../../ui/browser/useTitle";
import { useUrl } from "../../ui/address/useUrl";
import { serverState } from "../../net/serverState";
import { ROOT } from "../../net/root";
import { IconButton } from "../../ui/Button";
import { EmptyState, LoadingRows } from "../../ui/State";
import { NO_TRACE_PARAMS } from "../../ui/trace/params";
import "./embed.css";

const TraceView = lazy(() => import("../../ui/trace/TraceView"));

/** Opens links to other screens in a new tab, as they may not be framed. */
function openElsewhere(event: MouseEvent<HTMLElement>): void {
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href]") : null;
  if (!link || link.target === "_blank") return;
  event.preventDefault();
  event.stopPropagation();
  window.open(link.href, "_blank", "noopener");
}

/** Traces in an iframe of another page, such as a notebook cell: compact, one at a time. */
export default function Embed() {
  const { traceId } = useParams({ strict: false }) as { traceId?: string };
  const [search, change] = useUrl();
  const server = useSyncExternalStore(serverState.subscribe, serverState.current);
  const ids = traceId ? [traceId] : (search.trace_id ?? "").split(",").filter(Boolean);
  const at = Math.min(Math.max(Number(search.at) || 1, 1), Math.max(ids.length, 1));
  const id = ids[at - 1];
  useTitle(id);
  const show = (next: number) => {
    if (1 <= next && next <= ids.length) change({ ...NO_TRACE_PARAMS, at: String(next) }, { replace: true });
  };
  useHotkeys({
    "[": () => show(at - 1),
    "]": () => show(at + 1),
    J: () => show(at + 1),
    K: () => show(at - 1),
  });

  if (id === undefined) {
    return (
      <EmptyState title="No trace id given">
        <p>The address of this page must contain one: <code>?trace_id=tr-…</code></p>
      </EmptyState>
    );
  }
  const address = `${ROOT}t/${encodeURIComponent(id)}`;
  return (
    <main className="embed" onClickCapture={openElsewhere}>
      <div className="embed-bar">
        {ids.length > 1 && (
          <span className="row" role="group" aria-label="Traces">
            <IconButton small look="plain" label="Previous trace" disabled={at === 1} icon={<ChevronLeft aria-hidden />} onClick={() => show(at - 1)} />
            <span aria-live="polite"><span className="visually-hidden">Trace </span>{at} / {ids.length}</span>
            <IconButton small look="plain" label="Next trace" disabled={at === ids.length} icon={<ChevronRight aria-hidden />} onClick={() => show(at + 1)} />
          </span>
        )}
        <span className="grow" />
        <a className="row" href={address} target="_blank" rel="noopener">
          Open <ExternalLink aria-hidden size={13} />
        </a>
      </div>
      {server === "needs-token" ? (
        // No form here: it would teach users to type their token into pages of others.
        <EmptyState title="Sign in to see this trace">
          <p>You cannot sign in inside another page. <a href={address} target="_blank" rel="noopener">Open in a new tab</a></p>
        </EmptyState>
      ) : (
        <Suspense fallback={<LoadingRows height={26} />}>
          <TraceView
            key={id}
            traceId={id}
            compact
            onPrevious={at > 1 ? () => show(at - 1) : undefined}
            onNext={at < ids.length ? () => show(at + 1) : undefined}
          />
        </Suspense>
      )}
    </main>
  );
}
