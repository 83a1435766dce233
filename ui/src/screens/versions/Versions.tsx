import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { sidesSearch } from "../../core/comparisonAddress";
import { versionSnippets } from "../../core/firstSnippets";
import { plural } from "../../core/format";
import { deletedVersions, MODEL_GROUP, modelFilter, versionRows } from "../../core/loggedModel";
import { toast } from "../../core/toastQueue";
import { useSideGroups } from "../../net/analytics";
import { ApiError } from "../../net/api";
import { type Experiment, useExperiment } from "../../net/experiment";
import { useLoggedModels } from "../../net/loggedModels";
import { TracesLink } from "../../ui/address/TracesLink";
import { useRangeKeys } from "../../ui/address/useRangeKeys";
import { useTimeRange } from "../../ui/address/useTimeRange";
import { useUrl } from "../../ui/address/useUrl";
import { useUtc } from "../../ui/browser/timeZone";
import { useTitle } from "../../ui/browser/useTitle";
import { Button } from "../../ui/Button";
import { FilterInput } from "../../ui/FilterInput";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { Snippets } from "../../ui/Snippets";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { useTableSort } from "../../ui/table/useTableSort";
import { TimeRange } from "../../ui/TimeRange";
import { VersionTable } from "./VersionTable";
import "./versions.css";

const BUCKETS = 30;

/** The versions of an application, side by side with their traffic. */
export default function Versions() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const experiment = useExperiment(e);
  const filter = search.q ?? "";
  const list = useLoggedModels(experiment.data?.experiment_id, filter);
  const range = useTimeRange();
  const side = { q: "", range: range.text, utc: useUtc() };
  const traffic = useSideGroups(e, side, MODEL_GROUP, { buckets: BUCKETS });
  const [sort, setSort] = useTableSort("-created");
  const [marked, setMarked] = useState<string[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  useTitle("Agent versions", experiment.data?.name);
  useRangeKeys(range);

  const models = list.data?.pages.flatMap((page) => page.models ?? []) ?? [];
  const chosen = models.filter(({ info }) => marked.includes(info.model_id));
  // A third selection replaces the first.
  const mark = (id: string) => setMarked(marked.includes(id) ? marked.filter((other) => other !== id) : [...marked, id].slice(-2));
  // The older version is A, so that a change reads as the effect of the newer one.
  const [a, b] = chosen.toSorted((one, other) => one.info.creation_timestamp_ms - other.info.creation_timestamp_ms);
  const sides = a && b ? sidesSearch(side, modelFilter(a.info.model_id), modelFilter(b.info.model_id)) : null;
  const compare = () => {
    if (sides) void navigate({ to: "/e/$e/compare", params: { e }, search: sides as never });
    else toast("Select two versions to compare: x selects one");
  };
  const refetch = () => {
    void list.refetch();
    void traffic.refetch();
  };
  useHotkeys({ "/": () => input.current?.focus(), c: compare, r: refetch });
  const badFilter = list.error instanceof ApiError && list.error.status === 400 ? list.error : null;
  const failed = experiment.error ?? (badFilter ? null : list.error);
  const deleted = list.data && !list.hasNextPage && !filter ? deletedVersions(models, traffic.data?.groups ?? []) : [];

  return (
    <div className="page versions">
      {(list.isFetching || traffic.isFetching) && !list.isPending && <div className="progress-line" />}
      <div className="row wrap versions-head">
        <h1>Agent versions</h1>
        <FilterInput
          ref={input} label="Filter the versions" placeholder="name LIKE 'agent%' AND params.model = 'gpt-4o'" value={filter} error={badFilter}
          onCommit={(q) => change({ q })}
        />
        <TimeRange value={range.text} onChange={range.set} />
        {sides
          ? <Link className="button" to="/e/$e/compare" params={{ e }} search={sides as never}>Compare selected <span className="kbd" aria-hidden>c</span></Link>
          : models.length > 1 && <span className="meta">Select two to compare</span>}
      </div>
      {failed && models.length === 0 ? <ErrorState error={failed} doing="load the versions" onRetry={() => { void experiment.refetch(); refetch(); }} />
        : list.isPending ? <LoadingRows />
        : models.length > 0 ? (
          <>
            {traffic.error && <ErrorState error={traffic.error} doing="load the traffic of the versions" onRetry={() => void traffic.refetch()} />}
            <VersionTable e={e} rows={versionRows(models, traffic.data?.groups ?? [])} loaded={traffic.data !== undefined} range={range.text} marked={marked} onMark={mark} sort={sort} onSort={setSort} />
          </>
        )
        : badFilter ? null
        : filter ? (
          <EmptyState title="No versions match the filter"><Button onClick={() => change({ q: null })}>Show all versions</Button></EmptyState>
        ) : experiment.data && <NoVersions experiment={experiment.data} />}
      {list.hasNextPage && <p className="meta">Sorted among the {models.length} versions shown; there are older ones.</p>}
      {list.hasNextPage && <div><Button onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>Older versions</Button></div>}
      {deleted.length > 0 && (
        <p className="meta">
          Traces of {plural(deleted.length, "version")} not in this list, which may have been deleted:{" "}
          {deleted.slice(0, 5).map((group, at) => (
            <span key={group.value}>{at > 0 && ", "}<TracesLink experiment={e} target={{ q: group.filter, range: range.text, count: group.traces }}>{group.value} ({plural(group.traces, "trace")})</TracesLink></span>
          ))}
          {deleted.length > 5 && ", …"}
        </p>
      )}
      {traffic.data && !traffic.data.complete && <p className="meta warn-text">Only the newest traces were counted; narrow the time range for all of them.</p>}
    </div>
  );
}

function NoVersions({ experiment }: { experiment: Experiment }) {
  return (
    <EmptyState title="No versions yet">
      <p>A version is a state of your application: its traces, evaluations and parameters belong to it. MLflow calls it a logged model.</p>
      <Snippets of={versionSnippets} experiment={experiment} />
    </EmptyState>
  );
}
