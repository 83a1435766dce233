import { Link } from "@tanstack/react-router";
import { archiveTotals, listedExperiments, waitingText } from "../../core/archiveText";
import { bytes, duration, exact } from "../../core/format";
import { visible } from "../../core/text";
import type { ArchiveState } from "../../core/types";
import { useArchive } from "../../net/archive";
import { Property, PropertyList } from "../../ui/PropertyList";
import { ErrorState, LoadingRows } from "../../ui/State";
import { Time } from "../../ui/Time";
import { useNow } from "../../ui/useNow";
import { ArchivedExperiments } from "./ArchivedExperiments";
import { NoArchive } from "./NoArchive";

const LAYOUTS: Record<string, string> = { v1: "v1, attributes as MAP", v2: "v2, attributes as VARIANT" };

/** The archive: its place and settings, whether it works, and its size by experiment. */
export function ArchivePage() {
  const { data: archive, error, refetch } = useArchive();
  if (error && !archive) return <ErrorState error={error} doing="load the state of the archive" onRetry={() => void refetch()} />;
  if (!archive) return <LoadingRows rows={6} />;
  if (!archive.configured) return <NoArchive />;
  return (
    <div className="stack">
      <p>
        The archive keeps every trace for good, in Delta Lake tables that DuckDB, Spark, Polars and Databricks can read. Retention deletes a trace from the
        hot store only when it is archived: <Link to="/settings" search={{ tab: "retention" } as never}>change what is kept</Link>.
      </p>
      <ArchiveFigures archive={archive} />
      {archive.problem !== null && (
        <p className="error-text breaks">
          Traces are not archived, which is tried again: {visible(archive.problem)}. Nothing is lost: they stay in the hot store until they are archived.
        </p>
      )}
      <h2>Experiments</h2>
      <ArchivedExperiments experiments={listedExperiments(archive)} />
    </div>
  );
}

function ArchiveFigures({ archive }: { archive: ArchiveState }) {
  const now = useNow();
  const totals = archiveTotals(archive.experiments);
  const { place, layout, interval_s: interval, problem, succeeded_ms: succeeded } = archive;
  return (
    <PropertyList>
      <Property name="State"><span className={problem === null ? "ok-text" : "error-text"}>{problem === null ? "✓ OK" : "✕ Failing"}</span></Property>
      {place !== null && <Property name="Place"><span className="mono">{visible(place)}</span></Property>}
      <Property name="Layout of new tables">{LAYOUTS[layout ?? ""] ?? layout}</Property>
      <Property name="Written every">{duration((interval ?? 0) * 1000)}</Property>
      <Property name="Last success" title="When everything that was due had been archived">{succeeded === null ? "not since the start" : <Time ms={succeeded} />}</Property>
      <Property name="Waiting" title="Traces that changed since they were archived. A running trace waits until it ends, or for 10 minutes">{waitingText(totals.waiting, totals.waitingSinceMs, now)}</Property>
      <Property name="Traces">{exact(totals.traces)}</Property>
      <Property name="Spans">{exact(totals.spans)}</Property>
      <Property name="Files">{exact(totals.files)}</Property>
      <Property name="Size">{bytes(totals.bytes)}</Property>
    </PropertyList>
  );
}
