import { Link } from "@tanstack/react-router";
import { shorten, visible } from "../../core/text";
import type { Evaluation } from "../../core/types";

/** The version that was evaluated. */
export function VersionLink({ e, version }: { e: string; version: Evaluation["version"] }) {
  if (!version) return <span className="muted">–</span>;
  return <Link to="/e/$e/versions/$version" params={{ e, version: version.model_id }} className="ellipsis">{visible(version.name ?? shorten(version.model_id, 12))}</Link>;
}

/** The dataset that the cases came from; without a link if it is not one of this server. */
export function DatasetLink({ e, dataset }: { e: string; dataset: Evaluation["dataset"] }) {
  if (!dataset) return <span className="muted">–</span>;
  const name = visible(dataset.name);
  if (dataset.dataset_id === null) return <span className="ellipsis" title={`digest ${visible(dataset.digest)}`}>{name}</span>;
  const version = dataset.version === null ? undefined : String(dataset.version);
  return (
    <span className="row evaluation-dataset">
      <Link to="/e/$e/datasets/$dataset" params={{ e, dataset: dataset.dataset_id }} search={(version ? { version } : {}) as never} className="ellipsis">{name}</Link>
      {version && <span className="meta">v{version}</span>}
    </span>
  );
}
