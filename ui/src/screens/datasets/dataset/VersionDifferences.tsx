import { lazy, Suspense } from "react";
import { type FieldChange, fieldChanges, recordTitle } from "../../../core/dataset/recordDifferences";
import { plural } from "../../../core/format";
import { shorten, visible } from "../../../core/text";
import type { RecordDifference } from "../../../core/types";
import { useDifferences } from "../../../net/datasets";
import { Button } from "../../../ui/Button";
import { ErrorState, LoadingRows } from "../../../ui/State";
import { Clamp } from "../../../ui/text/Clamp";

const TextDiff = lazy(() => import("../../../ui/TextDiff"));

const LOOKS = { added: "ok", changed: "warn", removed: "error" } as const;
const TITLE_CHARS = 160;

/** The records that differ between two versions, field by field. */
export default function VersionDifferences({ id, base, version, onClose }: { id: string; base: number; version: number; onClose: () => void }) {
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useDifferences(id, base, version);
  const differences = data?.pages.flatMap((page) => page.differences) ?? [];
  return (
    <section className="card stack" aria-label={`Differences between version ${base} and version ${version}`}>
      <div className="row">
        <h2 className="grow">Version {base} → version {version}</h2>
        <Button small look="plain" onClick={onClose}>Close</Button>
      </div>
      {error && !data ? <ErrorState error={error} doing="compare the versions" onRetry={() => void refetch()} />
        : isPending ? <LoadingRows rows={3} />
        : differences.length === 0 && !hasNextPage ? <p className="muted">The records of these versions are the same.</p>
        : <p className="meta">{plural(differences.length, "record")} {hasNextPage ? "so far" : differences.length === 1 ? "differs" : "differ"}</p>}
      <ul className="differences">{differences.map((difference) => <Difference key={(difference.after ?? difference.before)!.record_id} difference={difference} />)}</ul>
      {hasNextPage && <div><Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>More differences</Button></div>}
    </section>
  );
}

function Difference({ difference }: { difference: RecordDifference }) {
  const { change, before, after } = difference;
  return (
    <li className="stack-tight">
      <div className="row">
        <span className={`badge ${LOOKS[change]}`}>{change}</span>
        <b className="ellipsis">{visible(shorten(recordTitle((after ?? before)!), TITLE_CHARS))}</b>
      </div>
      <Clamp heightMax={240}>
        <dl className="field-changes">
          {fieldChanges(difference).map((field) => <div key={field.name}><dt className="mono">{visible(field.name)}</dt><dd><FieldText change={field} /></dd></div>)}
        </dl>
      </Clamp>
    </li>
  );
}

/** A field that only one version has is shown as text: its whole record was added or removed, or the field was. */
function FieldText({ change: { before, after } }: { change: FieldChange }) {
  if (before === null) return <p className="text-diff"><ins>{visible(after ?? "")}</ins></p>;
  if (after === null) return <p className="text-diff"><del>{visible(before)}</del></p>;
  return <Suspense fallback={<p className="muted">…</p>}><TextDiff before={before} after={after} /></Suspense>;
}
