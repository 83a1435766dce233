import { useHotkeys } from "../../ui/keys/hotkeys";
import { useTitle } from "../../ui/browser/useTitle";
import { useUrl } from "../../ui/address/useUrl";
import { useSpanTrees } from "../../net/comparedTraces";
import { useTraceRows } from "../../net/traceRows";
import type { TraceRow } from "../../core/types";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { LETTERS } from "../../core/letters";
import { Answers } from "../../ui/compare/Answers";
import { ChooseTraces } from "./traces/ChooseTraces";
import { CompareBar } from "./traces/CompareBar";
import "./traces/compareTraces.css";
import { TraceFigures } from "./traces/TraceFigures";
import { comparedIds } from "./traces/comparedIds";
import { Prompts } from "./traces/Prompts";
import { AlignedSpanTable } from "./traces/AlignedSpanTable";

/** Two to four traces side by side; the others are compared with the first. */
export default function CompareTraces() {
  const [search, change] = useUrl();
  const ids = comparedIds(search);
  const rows = useTraceRows(ids);
  const { trees, error, refetch } = useSpanTrees(rows.data?.every(Boolean) ? ids : []);
  const [first, second] = rows.data ?? [];
  useTitle(first && second ? `${first.name ?? first.trace_id} and ${second.name ?? second.trace_id}` : null, "Compare");
  const sideBySide = search.view === "side";
  const swap = () => change({ a: search.b ?? null, b: search.a ?? null });
  const toggleView = () => change({ view: sideBySide ? null : "side" }, { replace: true });
  useHotkeys({ s: swap, v: toggleView, o: () => change({ only: search.only ? null : "1" }, { replace: true }) }, ids.length > 1);

  if (ids.length < 2) return <ChooseTraces ids={ids} />;
  if (rows.error) return <ErrorState error={rows.error} doing="load the traces" onRetry={() => void rows.refetch()} />;
  if (rows.isPending) return <div className="page"><h1>Compare</h1><LoadingRows rows={10} /></div>;
  const missing = ids.filter((_, at) => rows.data[at] === null);
  if (missing.length > 0) {
    return (
      <EmptyState title={missing.length === 1 ? "A trace was not found" : "Some traces were not found"}>
        <p>{missing.map((id) => <code key={id}>{id} </code>)}</p>
        <p>They may have been deleted.</p>
      </EmptyState>
    );
  }
  const traces = rows.data as TraceRow[];
  const whole = trees.filter((tree) => tree !== undefined);
  return (
    <div className="page compare-traces">
      <CompareBar traces={traces} sideBySide={sideBySide} onSwap={swap} onView={toggleView} />
      <TraceFigures traces={traces} />
      {error ? <ErrorState error={error} doing="load the spans" onRetry={refetch} />
        : whole.length < traces.length ? <LoadingRows rows={12} />
        : (
          <>
            <Answers traces={traces} trees={whole} sideBySide={sideBySide} />
            <Prompts traces={traces} trees={whole} sideBySide={sideBySide} />
            <AlignedSpanTable traces={traces} trees={whole} only={search.only === "1"} onOnly={(only) => change({ only: only ? "1" : null }, { replace: true })} />
          </>
        )}
      <p className="visually-hidden">{LETTERS.slice(0, traces.length).map((letter, at) => `${letter} is ${ids[at]}`).join(", ")}</p>
    </div>
  );
}
