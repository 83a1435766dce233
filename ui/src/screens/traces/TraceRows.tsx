import { useMemo, useRef, useState } from "react";
import { useParams } from "@tanstack/react-router";
import { useTitle } from "../../ui/browser/useTitle";
import { useUrl } from "../../ui/address/useUrl";
import { useExperiment } from "../../net/experiment";
import { readTraces, useSummary } from "../../net/traces";
import type { TraceRow } from "../../core/types";
import { TRACE_COLUMNS } from "./columns";
import { Groups } from "./Groups";
import { Histogram } from "./Histogram";
import { parseErrorOf } from "./filterParseError";
import { ListFrame } from "./ListFrame";
import { SearchProgress } from "./SearchProgress";
import { SummaryLine } from "./SummaryLine";
import { GroupMenu, LiveButton, Toolbar } from "./Toolbar";
import { TraceTable } from "./TraceTable";
import { InvalidFilter } from "./InvalidFilter";
import { useColumns } from "./useColumns";
import { useListMemory } from "./listMemory";
import { useTracesScope } from "./useTracesScope";
import { NEWEST_FIRST, type RowSource, useRowList } from "./useRowList";
import { useTracesKeys } from "./useTracesKeys";

const TRACES: RowSource<TraceRow> = { read: readTraces };

/** A row for each trace. */
export function TraceRows() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [url, change] = useUrl();
  const columns = useColumns(e, TRACE_COLUMNS);
  const { recalled, remember } = useListMemory<TraceRow>(JSON.stringify(["traces", e, url.q, url.from, url.to, url.sort, columns.values]));
  const traces = useTracesScope(recalled?.now);
  const { scope } = traces;
  const experiment = useExperiment(scope.experiment);
  useTitle("Traces", experiment.data?.name ?? scope.experiment);

  const order = url.sort ?? NEWEST_FIRST;
  const group = url.group ?? null;
  const live = url.live !== "off";
  const { list, stale, searched } = useRowList(TRACES, scope, order, columns.values, traces.round, recalled?.list ?? null);
  const summary = useSummary(scope);
  const busy = stale || (summary.isFetching && summary.isPlaceholderData);
  const filterRef = useRef<HTMLInputElement>(null);
  const filterError = useMemo(() => parseErrorOf(list.error), [list.error]);
  const [absolute, setAbsolute] = useState(false);

  const sort = (next: string) => change({ sort: next === NEWEST_FIRST ? null : next });
  const setLive = () => change({ live: live ? "off" : null }, { replace: true });
  useTracesKeys({ traces, filterRef, onLive: setLive, onAbsolute: () => setAbsolute(!absolute) });

  const counted = filterError ? undefined : summary.data;
  return (
    <ListFrame
      rows="traces" busy={busy}
      toolbar={(
        <Toolbar
          traces={traces} columns={columns} filterError={filterError} filterRef={filterRef}
          before={<GroupMenu experiment={scope.experiment} group={group} onGroup={(by) => change({ group: by })} />}
          after={<LiveButton live={live} onLive={setLive} />}
        />
      )}
      summary={counted && <SummaryLine summary={counted} q={scope.q} onFilter={traces.setQ} onSort={sort} />}
      histogram={counted && 0 < counted.traces && <Histogram summary={counted} unit="trace" count={counted.traces} onZoom={traces.zoom} onZoomOut={traces.zoomOut} />}
      progress={searched && !filterError && !group && <SearchProgress {...searched} scope={scope} />}
    >
      {filterError ? <InvalidFilter filterError={filterError} onFix={() => filterRef.current?.focus()} onClear={() => traces.setQ("")} />
        : group ? <Groups scope={scope} by={group} onOpen={(q) => change({ q, group: null })} />
        : <TraceTable
            list={list}
            traces={traces}
            columns={columns}
            order={order}
            newestFirst={order === NEWEST_FIRST && scope.to === null}
            onSort={sort}
            live={live}
            recalled={recalled}
            remember={remember}
            absolute={absolute}
            matching={summary.data && summary.data.complete && !summary.isPlaceholderData ? summary.data.traces : null}
          />}
    </ListFrame>
  );
}
