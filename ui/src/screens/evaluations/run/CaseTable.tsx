import { useMemo, useRef } from "react";
import type { PageList } from "../../../core/pageList";
import type { Evaluation, EvaluationCase, EvaluationCases, ScoreDistribution } from "../../../core/types";
import { useUrl } from "../../../ui/address/useUrl";
import { Button } from "../../../ui/Button";
import { filterErrorOf } from "../../../ui/filter/filterError";
import { useHotkeys } from "../../../ui/keys/hotkeys";
import { EmptyState, ErrorState, LoadingRows } from "../../../ui/State";
import { MoreRowsError } from "../../../ui/table/MoreRowsError";
import { useRowSelection } from "../../../ui/table/useRowSelection";
import { useRowCursor } from "../../../ui/table/useRowCursor";
import { useRowPane } from "../../../ui/table/useRowPane";
import { VirtualTable } from "../../../ui/table/VirtualTable";
import { NO_TRACE_PARAMS } from "../../../ui/trace/params";
import { TracePane } from "../../../ui/trace/TracePane";
import { openTraceTab } from "../openTraceTab";
import { CaseScores } from "../CaseScores";
import { caseColumns, caseLines } from "./caseColumns";
import { Rationales } from "./Rationales";
import { SelectedCases } from "./SelectedCases";
import { useCase } from "./useCase";

const HEIGHTS = { wide: 46, narrow: 96 };

/** The cases of an evaluation; the trace of one opens in a pane. */
export function CaseTable({ e, run, list, first, scorers, evaluation }: {
  e: string;
  run: string;
  list: PageList<EvaluationCase>;
  first: EvaluationCases | null;
  scorers: readonly ScoreDistribution[];
  evaluation: Evaluation;
}) {
  const [url, change] = useUrl();
  const opened = url.t ?? null;
  const cursor = useRowCursor(list);
  const grid = useRef<HTMLDivElement>(null);
  const names = useMemo(() => scorers.map(({ name }) => name), [scorers]);
  // The first page decides, so that columns do not change while somebody scrolls.
  const hasExpectations = first !== null && first.cases.some(({ expectations }) => expectations.length > 0);
  const columns = useMemo(() => caseColumns(names, hasExpectations), [names, hasExpectations]);
  const lines = useMemo(() => caseLines(names), [names]);
  const row = useCase(e, run, opened, list);
  const selection = useRowSelection(list, JSON.stringify([run, url.q, url.scorer, url.verdict]));

  const open = (key: string | null) => change({ ...NO_TRACE_PARAMS, t: key }, { replace: opened !== null && key !== null });
  const { close, previous, next } = useRowPane({ list, cursor, grid, opened, onOpen: open, onOpenTab: openTraceTab });
  useHotkeys({ x: () => { if (cursor.key !== null) selection.toggle(cursor.key); } });

  const filterError = filterErrorOf(list.error);
  if (list.error !== null && list.length === 0) {
    return filterError && url.q
      ? <EmptyState title="Invalid filter"><p>{filterError.message}</p><Button onClick={() => change({ q: null })}>Show all cases</Button></EmptyState>
      : <ErrorState error={list.error} doing="load the cases" onRetry={() => { list.retry(); list.need(0, 0); }} />;
  }
  if (!list.ready) return <LoadingRows rows={12} height={HEIGHTS.wide} />;
  if (list.whole && list.length === 0) {
    return evaluation.cases === 0
      ? <EmptyState title="This evaluation has no cases"><p>{evaluation.status === "RUNNING" ? "It is still running. Its cases appear here once their traces have arrived: press r to look again." : "No trace belongs to this run."}</p></EmptyState>
      : <EmptyState title="No cases match"><Button onClick={() => change({ q: null, scorer: null, verdict: null })}>Show all cases</Button></EmptyState>;
  }
  return (
    <>
      <VirtualTable
        label="Cases" list={list} columns={columns} cursor={cursor} opened={opened} onOpen={open} onOpenTab={openTraceTab} total={first?.matching}
        sort={url.sort ?? ""} onSort={(sort) => change({ sort }, { replace: true })} heights={HEIGHTS} narrow={lines} gridRef={grid} selection={selection}
      />
      <MoreRowsError list={list} unit="cases" />
      {selection.keys.size > 0 && <SelectedCases e={e} traceIds={[...selection.keys]} onClear={selection.clear} />}
      <Rationales row={cursor.row} />
      {opened !== null && <TracePane traceId={opened} onClose={close} onPrevious={previous} onNext={next} notes={row && <CaseScores row={row} />} />}
    </>
  );
}
