import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { exact } from "../../../core/format";
import { visible } from "../../../core/text";
import { useDataset } from "../../../net/datasets";
import { useUrl } from "../../../ui/address/useUrl";
import { useTitle } from "../../../ui/browser/useTitle";
import { PageProblem } from "../../../ui/PageProblem";
import { LoadingRows } from "../../../ui/State";
import { Tabs } from "../../../ui/Tabs";
import { DatasetHead, type DatasetAction } from "./DatasetHead";
import { Records } from "./Records";
import "../datasets.css";
import "./dataset.css";

const DatasetVersions = lazy(() => import("./DatasetVersions"));
const DatasetRuns = lazy(() => import("./DatasetRuns"));
const DatasetDialog = lazy(() => import("./DatasetDialog"));

const TABS = ["records", "versions", "evaluations"] as const;
type DatasetTab = (typeof TABS)[number];

/** Parameters that only one tab has. */
const OF_ONE_TAB = { q: null, sort: null, only: null, version: null, record: null, base: null, to: null };

/** One dataset: its records, its versions, and the evaluations that used it. */
export default function Dataset() {
  const { e, dataset: id } = useParams({ strict: false }) as { e: string; dataset: string };
  const [search, change] = useUrl();
  const navigate = useNavigate();
  const { data: dataset, error, refetch } = useDataset(id);
  useTitle(dataset && visible(dataset.name), "Dataset");
  const [action, setAction] = useState<DatasetAction | null>(null);
  const tab: DatasetTab = TABS.find((it) => it === search.tab) ?? "records";

  if (error && !dataset) {
    return <PageProblem what="dataset" error={error} onRetry={() => void refetch()}><Link to="/e/$e/datasets" params={{ e }}>See all datasets</Link></PageProblem>;
  }
  if (!dataset) return <div className="page"><LoadingRows /></div>;
  return (
    <div className="dataset">
      <DatasetHead e={e} dataset={dataset} onAction={setAction} />
      <Tabs
        label="Parts of the dataset"
        tabs={[
          { id: "records", label: `Records (${exact(dataset.record_count)})` },
          { id: "versions", label: `Versions (${exact(dataset.version)})` },
          { id: "evaluations", label: "Evaluations" },
        ]}
        chosen={tab}
        onChoose={(next) => change({ ...OF_ONE_TAB, tab: next === "records" ? null : next })}
      >
        {tab === "records" ? <Records dataset={dataset} onAction={setAction} refresh={() => void refetch()} />
          : (
            <Suspense fallback={<LoadingRows />}>
              {tab === "versions" ? <DatasetVersions dataset={dataset} /> : <DatasetRuns e={e} dataset={dataset} />}
            </Suspense>
          )}
      </Tabs>
      <Suspense fallback={null}>
        {action && <DatasetDialog action={action} dataset={dataset} onClose={() => setAction(null)} onDeleted={() => void navigate({ to: "/e/$e/datasets", params: { e } })} />}
      </Suspense>
    </div>
  );
}
