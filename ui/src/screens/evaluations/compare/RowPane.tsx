import { ChevronDown, ChevronUp, X } from "lucide-react";
import { lazy, Suspense } from "react";
import { LETTERS } from "../../../core/letters";
import type { PageList } from "../../../core/pageList";
import { shorten, visible } from "../../../core/text";
import type { ComparedRow, Evaluation } from "../../../core/types";
import { useComparedRow } from "../../../net/evaluations";
import { useUrl } from "../../../ui/address/useUrl";
import { IconButton } from "../../../ui/Button";
import { useHotkeys } from "../../../ui/keys/hotkeys";
import { SidePane } from "../../../ui/SidePane";
import { EmptyState, ErrorState, LoadingRows } from "../../../ui/State";
import { NO_TRACE_PARAMS } from "../../../ui/trace/params";
import { RowDetails } from "./RowDetails";

const TraceView = lazy(() => import("../../../ui/trace/TraceView"));

/** One case of a comparison: its changes, or its trace in one of the runs. */
export function RowPane({ e, runs, rowKey, list, onClose, onPrevious, onNext }: {
  e: string;
  runs: Evaluation[];
  rowKey: string;
  list: PageList<ComparedRow>;
  onClose: () => void;
  onPrevious?: () => void;
  onNext?: () => void;
}) {
  const [url, change] = useUrl();
  const at = list.indexOf(rowKey);
  const listed = at < 0 ? null : list.row(at);
  // A link opens its case although its page is not loaded.
  const { data, error, isPending, refetch } = useComparedRow(e, runs.map(({ run_id }) => run_id), listed ? null : rowKey);
  const row = listed ?? data ?? null;
  const sides = row ? row.cases.flatMap((one, side) => (one ? [{ side, letter: LETTERS[side]!, traceId: one.trace_id }] : [])) : [];
  const shown = sides.find(({ letter }) => letter.toLowerCase() === url.side) ?? null;
  const show = (letter: string | null) => change({ ...NO_TRACE_PARAMS, side: letter?.toLowerCase() ?? null }, { replace: true });
  const cycle = () => {
    const next = shown === null ? 0 : sides.indexOf(shown) + 1;
    show(sides[next]?.letter ?? null);
  };
  useHotkeys({ t: cycle, Escape: () => (shown ? show(null) : onClose()) });
  return (
    <SidePane label="Case">
      <div className="row case-bar">
        <span className="segmented" role="group" aria-label="Shown of the case">
          <button type="button" className="button small" aria-pressed={shown === null} onClick={() => show(null)}>Case</button>
          {sides.map(({ letter, side }) => (
            <button key={letter} type="button" className="button small" aria-pressed={shown?.letter === letter} title={`Its trace in ${visible(runs[side]?.name ?? "")}`} onClick={() => show(letter)}>Trace {letter}</button>
          ))}
        </span>
        <span className="ellipsis grow" title={visible(row?.input ?? "")}>{shorten(visible(row?.input ?? ""), 200)}</span>
        <IconButton look="plain" small label="Previous case (K)" icon={<ChevronUp aria-hidden />} onClick={onPrevious} disabled={!onPrevious} />
        <IconButton look="plain" small label="Next case (J)" icon={<ChevronDown aria-hidden />} onClick={onNext} disabled={!onNext} />
        <IconButton look="plain" small label="Close (Esc)" icon={<X aria-hidden />} onClick={onClose} />
      </div>
      {row && shown ? (
        <Suspense fallback={<LoadingRows rows={12} />}>
          <TraceView traceId={shown.traceId} pane layout="pane" onClose={() => show(null)} onPrevious={onPrevious} onNext={onNext} />
        </Suspense>
      ) : row ? <RowDetails key={row.key} runs={runs} row={row} />
        : error ? <ErrorState error={error} doing="load the case" onRetry={() => void refetch()} />
        : isPending ? <LoadingRows rows={8} />
        : <EmptyState title="This case is not in the comparison"><p>The runs may have changed since the link was made.</p></EmptyState>}
    </SidePane>
  );
}
