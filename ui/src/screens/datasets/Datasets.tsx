import { useParams } from "@tanstack/react-router";
import { lazy, Suspense, useRef, useState } from "react";
import { type EvaluationDataset, nameFilter } from "../../core/dataset/dataset";
import { datasetSnippets } from "../../core/firstSnippets";
import { useDatasets } from "../../net/datasets";
import { useExperiment } from "../../net/experiment";
import { useQuickParam } from "../../ui/address/useQuickParam";
import { useTitle } from "../../ui/browser/useTitle";
import { Button } from "../../ui/Button";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { Snippets } from "../../ui/Snippets";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { useTableSort } from "../../ui/table/useTableSort";
import { CreateDataset } from "./CreateDataset";
import { DatasetTable } from "./DatasetTable";
import "./datasets.css";

const DeleteDataset = lazy(() => import("./DeleteDataset"));

/** The evaluation datasets of an experiment. */
export default function Datasets() {
  const { e } = useParams({ strict: false }) as { e: string };
  const experiment = useExperiment(e);
  useTitle("Datasets", experiment.data?.name);
  const [typed = "", setTyped] = useQuickParam("q");
  const [sort, setSort] = useTableSort("-changed");
  const order = orderOf(sort);
  const { data, error, isPending, isFetching, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useDatasets(experiment.data?.experiment_id, nameFilter(typed), order ?? undefined);
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState<EvaluationDataset | null>(null);
  const input = useRef<HTMLInputElement>(null);
  useHotkeys({ "/": () => input.current?.focus(), n: () => setCreating(true), r: () => void refetch() });

  // The server cannot search for a name with both kinds of quotes.
  const datasets = (data?.pages.flatMap((page) => page.datasets ?? []) ?? []).filter(({ name }) => name.toLowerCase().includes(typed.trim().toLowerCase()));
  const failed = experiment.error ?? error;
  return (
    <div className="page datasets">
      {isFetching && !isPending && <div className="progress-line" />}
      <div className="row wrap">
        <h1 className="grow">Datasets</h1>
        <input
          ref={input} type="search" className="input find" aria-label="Find a dataset" placeholder="Find by name" value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "ArrowDown" && event.key !== "Enter") return;
            event.preventDefault();
            document.querySelector<HTMLElement>(".datasets [data-row]")?.focus();
          }}
        />
        <Button look="primary" title="n" onClick={() => setCreating(true)}>New dataset</Button>
      </div>
      {failed && !data ? <ErrorState error={failed} doing="list the datasets" onRetry={() => { void experiment.refetch(); void refetch(); }} />
        : isPending ? <LoadingRows />
        : datasets.length > 0 ? <DatasetTable e={e} datasets={datasets} isSorted={order !== null} sort={sort} onSort={setSort} onDelete={setDeleting} />
        : typed.trim() ? <EmptyState title="No dataset has this name"><Button onClick={() => setTyped(null)}>Show all datasets</Button></EmptyState>
        : experiment.data && (
          <EmptyState title="No datasets yet">
            <p>A dataset is a list of inputs and of what is expected for them: the cases of an evaluation. Select traces in the trace list and press <kbd className="kbd">a</kbd>, import a file into a new dataset, or use MLflow’s client:</p>
            <Snippets of={datasetSnippets} experiment={experiment.data} />
          </EmptyState>
        )}
      {hasNextPage && <div><Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>More datasets</Button></div>}
      {creating && experiment.data && <CreateDataset e={e} experimentId={experiment.data.experiment_id} onClose={() => setCreating(false)} />}
      <Suspense fallback={null}>{deleting && <DeleteDataset id={deleting.dataset_id} name={deleting.name} onClose={() => setDeleting(null)} onDeleted={() => setDeleting(null)} />}</Suspense>
    </div>
  );
}

const COLUMNS: Record<string, string> = { name: "name", changed: "last_update_time", created: "created_time" };

/** The server's order for a column; `null` if it cannot sort by it. */
function orderOf(sort: string): string | null {
  const field = COLUMNS[sort.replace(/^-/, "")];
  return field ? `${field} ${sort.startsWith("-") ? "DESC" : "ASC"}` : null;
}
