import { useParams } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { Toolbar as Radix } from "radix-ui";
import { useMemo, useRef, useState } from "react";
import type { FoundSpan } from "../../../core/types";
import { useExperiment } from "../../../net/experiment";
import { readSpans, spanExportUrl, useSpanSummary } from "../../../net/spans";
import type { TraceScope } from "../../../net/traces";
import { useUrl } from "../../../ui/address/useUrl";
import { download } from "../../../ui/browser/download";
import { useTitle } from "../../../ui/browser/useTitle";
import { Menu } from "../../../ui/Menu";
import { parseErrorOf } from "../filterParseError";
import { Histogram } from "../Histogram";
import { InvalidFilter } from "../InvalidFilter";
import { ListFrame } from "../ListFrame";
import { useListMemory } from "../listMemory";
import { SearchProgress } from "../SearchProgress";
import { Toolbar } from "../Toolbar";
import { useColumns } from "../useColumns";
import { NEWEST_FIRST, type RowSource, useRowList } from "../useRowList";
import { useTracesKeys } from "../useTracesKeys";
import { useTracesScope } from "../useTracesScope";
import { SPAN_COLUMNS } from "./spanColumns";
import { spanKey } from "./spanKey";
import { SpanSummaryLine } from "./SpanSummaryLine";
import { SpanTable } from "./SpanTable";

const SPANS: RowSource<FoundSpan> = { read: readSpans, key: spanKey };

/** A row for each span. The filter tests each span by itself. */
export function SpanRows() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [url] = useUrl();
  const columns = useColumns(e, SPAN_COLUMNS);
  const { recalled, remember } = useListMemory<FoundSpan>(JSON.stringify(["spans", e, url.q, url.from, url.to, columns.values]));
  const traces = useTracesScope(recalled?.now);
  const { scope } = traces;
  const experiment = useExperiment(scope.experiment);
  useTitle("Spans", experiment.data?.name ?? scope.experiment);

  const { list, stale, searched } = useRowList(SPANS, scope, NEWEST_FIRST, columns.values, traces.round, recalled?.list ?? null);
  const summary = useSpanSummary(scope);
  const busy = stale || (summary.isFetching && summary.isPlaceholderData);
  const filterRef = useRef<HTMLInputElement>(null);
  const filterError = useMemo(() => parseErrorOf(list.error), [list.error]);
  const [absolute, setAbsolute] = useState(false);
  useTracesKeys({ traces, filterRef, onAbsolute: () => setAbsolute(!absolute) });

  const counted = filterError ? undefined : summary.data;
  return (
    <ListFrame
      rows="spans" busy={busy}
      toolbar={(
        <Toolbar
          traces={traces} columns={columns} filterError={filterError} filterRef={filterRef} filterLabel="Filter spans"
          after={<ExportMenu scope={scope} columns={columns.values} />}
        />
      )}
      summary={counted && <SpanSummaryLine summary={counted} q={scope.q} onFilter={traces.setQ} />}
      histogram={counted && 0 < counted.spans && <Histogram summary={counted} unit="span" count={counted.spans} onZoom={traces.zoom} onZoomOut={traces.zoomOut} />}
      progress={searched && !filterError && <SearchProgress {...searched} scope={scope} />}
    >
      {filterError
        ? <InvalidFilter filterError={filterError} onFix={() => filterRef.current?.focus()} onClear={() => traces.setQ("")} />
        : <SpanTable list={list} traces={traces} columns={columns} recalled={recalled} remember={remember} absolute={absolute} />}
    </ListFrame>
  );
}

/** All spans that match, as a file, with the values that are shown. */
function ExportMenu({ scope, columns }: { scope: TraceScope; columns: string }) {
  return (
    <Menu label="Export" align="end" items={[
      { label: "JSON Lines: one line per span", run: () => download(spanExportUrl(scope, "jsonl", columns)) },
      { label: "CSV: one row per span", run: () => download(spanExportUrl(scope, "csv", columns)) },
    ]} trigger={
      <Radix.Button className="button" title="Export"><Download aria-hidden /><span className="tool-label">Export</span></Radix.Button>
    } />
  );
}
