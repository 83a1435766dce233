import { useMemo, useRef } from "react";
import type { PageList } from "../../../core/pageList";
import type { ComparedRow, Evaluation, EvaluationComparison } from "../../../core/types";
import { useUrl } from "../../../ui/address/useUrl";
import { Button } from "../../../ui/Button";
import { EmptyState, ErrorState, LoadingRows } from "../../../ui/State";
import { MoreRowsError } from "../../../ui/table/MoreRowsError";
import { useRowCursor } from "../../../ui/table/useRowCursor";
import { useRowPane } from "../../../ui/table/useRowPane";
import { VirtualTable } from "../../../ui/table/VirtualTable";
import { NO_TRACE_PARAMS } from "../../../ui/trace/params";
import { openTraceComparison, openTraceTab } from "../openTraceTab";
import { comparedColumns, comparedLines, type NamedRun } from "./comparedColumns";
import { RowPane } from "./RowPane";

const HEIGHTS = { wide: 46, narrow: 92 };

/** The cases of a comparison; one opens in a pane. */
export function ComparedRows({ e, runs, list, comparison, onShowAll }: {
  e: string;
  runs: Evaluation[];
  list: PageList<ComparedRow>;
  comparison: EvaluationComparison;
  onShowAll: () => void;
}) {
  const [url, change] = useUrl();
  const opened = url.case ?? null;
  const cursor = useRowCursor(list);
  const grid = useRef<HTMLDivElement>(null);
  const { comparisons } = comparison;
  // As text, so that the columns keep their identity while the rows are filtered.
  const shape = JSON.stringify({ runs: runs.map(({ run_id, name }) => ({ run_id, name })), scorers: [...new Set(comparisons.flatMap(({ scorers }) => scorers.map(({ name }) => name)))].sort() });
  const [columns, lines] = useMemo(() => {
    const of = JSON.parse(shape) as { runs: NamedRun[]; scorers: string[] };
    return [comparedColumns(of.runs, of.scorers), comparedLines(of.scorers)];
  }, [shape]);

  const open = (key: string | null) => change({ ...NO_TRACE_PARAMS, case: key, side: key === null ? null : url.side ?? null }, { replace: opened !== null && key !== null });
  const openTab = (key: string) => {
    const ids = list.row(list.indexOf(key))?.cases.flatMap((one) => (one ? [one.trace_id] : [])) ?? [];
    if (ids.length > 1) openTraceComparison(ids);
    else if (ids[0]) openTraceTab(ids[0]);
  };
  const { close, previous, next } = useRowPane({ list, cursor, grid, opened, onOpen: open, onOpenTab: openTab });

  const pane = opened !== null && <RowPane e={e} runs={runs} rowKey={opened} list={list} onClose={close} onPrevious={previous} onNext={next} />;
  if (list.error !== null && list.length === 0) return <ErrorState error={list.error} doing="load the cases" onRetry={() => { list.retry(); list.need(0, 0); }} />;
  if (!list.ready) return <LoadingRows rows={12} height={HEIGHTS.wide} />;
  if (list.whole && list.length === 0) {
    return (
      <>
        {comparison.total === 0 ? <EmptyState title="These evaluations have no cases"><p>No trace belongs to any of the runs.</p></EmptyState>
          : <EmptyState title="No cases match"><Button onClick={onShowAll}>Show all cases</Button></EmptyState>}
        {pane}
      </>
    );
  }
  return (
    <>
      <VirtualTable
        label="Cases" list={list} columns={columns} cursor={cursor} opened={opened} onOpen={open} onOpenTab={openTab} total={comparison.matching}
        heights={HEIGHTS} narrow={lines} gridRef={grid}
      />
      <MoreRowsError list={list} unit="cases" />
      {pane}
    </>
  );
}
