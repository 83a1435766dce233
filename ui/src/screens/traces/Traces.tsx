import { useMemo, useRef, useState } from "react";
import { useParams } from "@tanstack/react-router";
import { useTitle } from "../../ui/browser/useTitle";
import { useUrl } from "../../ui/address/useUrl";
import { useExperiment } from "../../net/experiment";
import { useSummary } from "../../net/traces";
import { Groups } from "./Groups";
import { Histogram } from "./Histogram";
import { parseErrorOf } from "./filterParseError";
import { SearchProgress } from "./SearchProgress";
import { SummaryLine } from "./SummaryLine";
import { Toolbar } from "./Toolbar";
import { TraceTable } from "./TraceTable";
import { InvalidFilter } from "./InvalidFilter";
import { useColumns } from "./useColumns";
import { useListMemory } from "./listMemory";
import { useTracesScope } from "./useTracesScope";
import { NEWEST_FIRST, useTraceList } from "./useTraceList";
import { useTracesKeys } from "./useTracesKeys";
import "./traces.css";

/** The traces of an experiment: filter, histogram over time, table, and a pane for one trace. The address has the state of all of them. */
export default function Traces() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [url, change] = useUrl();
  const columns = useColumns(e);
  const { recalled, remember } = useListMemory(JSON.stringify([e, url.q, url.from, url.to, url.sort, columns.values]));
  const traces = useTracesScope(recalled?.now);
  const { scope } = traces;
  const experiment = useExperiment(scope.experiment);
  useTitle("Traces", experiment.data?.name ?? scope.experiment);

  const order = url.sort ?? NEWEST_FIRST;
  const group = url.group ?? null;
  const live = url.live !== "off";
  const { list, stale, searched } = useTraceList(scope, order, columns.values, traces.round, recalled?.list ?? null);
  const summary = useSummary(scope);
  const busy = stale || (summary.isFetching && summary.isPlaceholderData);
  const filterRef = useRef<HTMLInputElement>(null);
  const filterError = useMemo(() => parseErrorOf(list.error), [list.error]);
  const [absolute, setAbsolute] = useState(false);

  const sort = (next: string) => change({ sort: next === NEWEST_FIRST ? null : next });
  const setLive = () => change({ live: live ? "off" : null }, { replace: true });
  useTracesKeys({ traces, filterRef, onLive: setLive, onAbsolute: () => setAbsolute(!absolute) });

  return (
    <div className="traces">
      <h1 className="visually-hidden">Traces</h1>
      <Toolbar
        traces={traces}
        columns={columns}
        filterError={filterError}
        filterRef={filterRef}
        group={group}
        onGroup={(by) => change({ group: by })}
        live={live}
        onLive={setLive}
        form={url.form === "on"}
        onForm={(on) => change({ form: on ? "on" : null }, { replace: true })}
      />
      {!filterError && summary.data && (
        <>
          <SummaryLine summary={summary.data} q={scope.q} onFilter={traces.setQ} onSort={sort} />
          {0 < summary.data.traces && <Histogram summary={summary.data} onZoom={traces.zoom} onZoomOut={traces.zoomOut} />}
        </>
      )}
      {searched && !filterError && !group && <SearchProgress {...searched} scope={scope} />}
      <div className="traces-main" aria-busy={busy}>
        {busy && <div className="progress-line" />}
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
      </div>
    </div>
  );
}
