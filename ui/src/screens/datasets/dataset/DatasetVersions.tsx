import { Link, useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { exact } from "../../../core/format";
import { visible } from "../../../core/text";
import type { DatasetDetail, DatasetVersion } from "../../../core/types";
import { useVersions } from "../../../net/datasets";
import { useUrl } from "../../../ui/address/useUrl";
import { Button } from "../../../ui/Button";
import { EmptyState, ErrorState, LoadingRows } from "../../../ui/State";
import { DataTable, type TableColumn } from "../../../ui/table/DataTable";
import { Time } from "../../../ui/Time";

const VersionDifferences = lazy(() => import("./VersionDifferences"));

/** The versions of a dataset, and the differences between two of them. */
export default function DatasetVersions({ dataset }: { dataset: DatasetDetail }) {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useVersions(dataset.dataset_id);
  const versions = data?.pages.flatMap((page) => page.versions) ?? [];
  const [base, to] = [numberIn(search.base), numberIn(search.to)];
  if (error && !data) return <ErrorState error={error} doing="list the versions" onRetry={() => void refetch()} />;
  if (isPending) return <LoadingRows />;
  if (versions.length === 0) return <EmptyState title="No versions yet"><p>Each change of records makes a version that can be read and compared at any time.</p></EmptyState>;
  const compare = (from: number, version: number) => change({ base: String(from), to: String(version) });
  const link = (version: number) => ({ to: "/e/$e/datasets/$dataset" as const, params: { e, dataset: dataset.dataset_id }, search: (version === dataset.version ? {} : { version: String(version) }) as never });
  const columns: TableColumn<DatasetVersion>[] = [
    { id: "version", title: "Version", number: true, cell: ({ version }) => <Link data-row {...link(version)} title="Show its records">{exact(version)}</Link> },
    { id: "records", title: "Records", number: true, cell: ({ record_count }) => exact(record_count) },
    { id: "added", title: "Added", number: true, cell: ({ added }) => <span className={added ? "ok-text" : "muted"}>{added ? `+${exact(added)}` : "–"}</span> },
    { id: "changed", title: "Changed", number: true, cell: ({ changed }) => <span className={changed ? "warn-text" : "muted"}>{changed ? exact(changed) : "–"}</span> },
    { id: "removed", title: "Removed", number: true, cell: ({ removed }) => <span className={removed ? "error-text" : "muted"}>{removed ? `−${exact(removed)}` : "–"}</span> },
    { id: "time", title: "Created", className: "nowrap", cell: ({ create_time_ms }) => <Time ms={create_time_ms} /> },
    { id: "by", title: "By", className: "medium-only", cell: ({ created_by }) => visible(created_by ?? "–") },
    { id: "digest", title: "Digest", className: "wide-only", cell: ({ digest }) => <code>{digest}</code> },
    {
      id: "compare", title: <span className="visually-hidden">Compare</span>, number: true,
      cell: ({ version }) => <Button small look="plain" aria-label={`What version ${version} changed`} aria-pressed={base === version - 1 && to === version} onClick={() => compare(version - 1, version)}>Changes</Button>,
    },
  ];
  return (
    <div className="dataset-tab stack">
      <CompareForm key={`${base} ${to}`} newest={dataset.version} base={base} to={to} onCompare={compare} />
      {base !== null && to !== null && (
        <Suspense fallback={<LoadingRows rows={3} />}><VersionDifferences id={dataset.dataset_id} base={base} version={to} onClose={() => change({ base: null, to: null })} /></Suspense>
      )}
      <DataTable label="Versions" columns={columns} rows={versions} rowKey={({ version }) => String(version)} sort="" onSort={() => undefined} rowKeys />
      {hasNextPage && <div><Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>Older versions</Button></div>}
    </div>
  );
}

function CompareForm({ newest, base, to, onCompare }: { newest: number; base: number | null; to: number | null; onCompare: (base: number, to: number) => void }) {
  return (
    <form
      className="row wrap compare-versions"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        onCompare(Number(form.get("base")), Number(form.get("to")));
      }}
    >
      <label className="row">Compare version <input className="input" type="number" name="base" min={0} max={newest} required defaultValue={base ?? Math.max(0, newest - 1)} /></label>
      <label className="row">with <input className="input" type="number" name="to" min={0} max={newest} required defaultValue={to ?? newest} /></label>
      <Button type="submit">Compare</Button>
    </form>
  );
}

function numberIn(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
