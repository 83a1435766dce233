import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useMemo, useRef, useState } from "react";
import { recordsOfTraces } from "../../core/dataset/recordsOfTraces";
import { upsertBatches } from "../../core/dataset/upsertBatches";
import { canonicalJson } from "../../core/json/exactJson";
import { plural } from "../../core/format";
import { shorten, visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { createDataset, readRecords, refreshRecords, upsertRecords, useDataset } from "../../net/datasets";
import { useExperiment } from "../../net/experiment";
import { Button } from "../Button";
import { Dialog } from "../Dialog";
import { ErrorState } from "../State";
import { countOf, type Target } from "./target";
import { choiceName, type DatasetChoice } from "./datasetChoice";
import { DatasetPicker, type PickedDataset, useDatasetChoice } from "./DatasetPicker";
import { RecordPreview } from "./RecordPreview";
import { TRACES_MAX, useTraceContents } from "./useTraceContents";
import "./addToDataset.css";

const FIELD_DEFAULT = "expected_response";

/** Adds traces to a dataset as records, as MLflow's client does it: a record with the same inputs is updated. */
export default function AddToDataset({ experiment, target, onClose }: {
  /** By id or by name. */
  experiment: string;
  target: Target;
  onClose: () => void;
}) {
  const id = useId();
  const navigate = useNavigate();
  const experimentId = useExperiment(experiment).data?.experiment_id;
  const contents = useTraceContents(target);
  const [picked, setPicked] = useState<PickedDataset>({ typed: "", key: null });
  const chosen = useDatasetChoice(experimentId, picked);
  const [useOutput, setUseOutput] = useState(false);
  const [field, setField] = useState(FIELD_DEFAULT);
  const expectedField = useOutput && field.trim() ? field.trim() : null;
  const made = useMemo(() => contents.data && recordsOfTraces(contents.data.traces, expectedField), [contents.data, expectedField]);
  const known = useKnownInputs(chosen);
  const [stored, setStored] = useState(0);
  // What a failed attempt has done already is not done again.
  const progress = useRef<{ datasetId: string | null; name: string; batches: number; inserted: number; updated: number }>(null);

  const add = useMutation({
    meta: { quiet: true },
    mutationFn: async ({ choice, records }: { choice: DatasetChoice; records: NonNullable<typeof made>["records"] }) => {
      const name = choiceName(choice);
      const at = progress.current?.name === name ? progress.current : { datasetId: choice.kind === "existing" ? choice.dataset.dataset_id : null, name, batches: 0, inserted: 0, updated: 0 };
      progress.current = at;
      at.datasetId ??= (await createDataset(experimentId!, name)).dataset_id;
      const batches = upsertBatches(records);
      for (const batch of batches.slice(at.batches)) {
        const counts = await upsertRecords(at.datasetId, batch);
        at.batches += 1;
        at.inserted += counts.inserted;
        at.updated += counts.updated;
        setStored(batches.slice(0, at.batches).reduce((sum, { length }) => sum + length, 0));
      }
      return { datasetId: at.datasetId, name, inserted: at.inserted, updated: at.updated };
    },
    onSuccess: ({ datasetId, name, inserted, updated }) => {
      void refreshRecords(datasetId);
      onClose();
      toast(`${visible(shorten(name, 60))}: ${plural(inserted, "record")} added${updated ? `, ${updated} updated` : ""}`, {
        forMs: 12_000,
        action: { label: "Open dataset", run: () => void navigate({ to: "/e/$e/datasets/$dataset", params: { e: experiment, dataset: datasetId } }) },
      });
    },
  });

  const count = Math.min(countOf(target), TRACES_MAX);
  const ready = made !== undefined && made.records.length > 0 && chosen !== null && experimentId !== undefined && (!useOutput || expectedField !== null) && !add.isPending;
  const submit = () => { if (ready) add.mutate({ choice: chosen, records: made.records }); };
  return (
    <Dialog
      title={`Add ${plural(count, "trace")} to a dataset`}
      wide
      onClose={() => { if (!add.isPending) onClose(); }}
      foot={
        <>
          <Button onClick={onClose} disabled={add.isPending}>Cancel</Button>
          <Button look="primary" disabled={!ready} onClick={submit}>
            {add.isPending ? "Adding…" : chosen?.kind === "new" ? "Create the dataset and add" : "Add to the dataset"}
          </Button>
        </>
      }
    >
      <form className="stack" onSubmit={(event) => { event.preventDefault(); submit(); }}>
        {experimentId !== undefined && <DatasetPicker experimentId={experimentId} picked={picked} onPick={setPicked} chosen={chosen} />}
        <div className="row wrap">
          <label className="row"><input type="checkbox" checked={useOutput} onChange={(event) => setUseOutput(event.target.checked)} /> Use the outputs as expectations, named</label>
          <input id={id} className="input mono expected-field" aria-label="Name of the expectation" value={field} disabled={!useOutput} maxLength={250} onChange={(event) => setField(event.target.value)} />
        </div>
        <button type="submit" hidden disabled={!ready} />
      </form>
      {TRACES_MAX < countOf(target) && <p className="warn-text">At most {TRACES_MAX.toLocaleString("en-US")} traces are added at once: these are the {"ids" in target ? "first" : "newest"}.</p>}
      {contents.error ? <ErrorState error={contents.error} doing="read the traces" onRetry={() => void contents.refetch()} />
        : !made ? (
          <div className="stack" role="status">
            <progress aria-label="Reading the traces" value={contents.done.read} max={Math.max(contents.done.total, 1)} />
            <p className="meta">Reading the traces: {contents.done.read} of {contents.done.total || count}</p>
          </div>
        ) : <RecordPreview made={made} failed={contents.data!.failed} known={known} missing={contents.done.total - contents.data!.traces.length - contents.data!.failed.length} />}
      {add.isPending && <progress aria-label="Adding records" value={stored} max={Math.max(made?.records.length ?? 1, 1)} />}
      {add.error && <p className="error-text" role="alert">{visible(add.error.message)}{0 < stored ? ` ${plural(stored, "record")} were stored before; try again to continue.` : ""}</p>}
    </Dialog>
  );
}

/** The inputs of the records of the chosen dataset, to tell which traces it has already; empty for a large dataset. */
function useKnownInputs(chosen: DatasetChoice | null): ReadonlySet<string> {
  const id = chosen?.kind === "existing" ? chosen.dataset.dataset_id : "";
  const version = useDataset(id).data?.version;
  const { data } = useQuery({
    queryKey: ["dataset inputs", id, version],
    queryFn: async ({ signal }) => new Set((await readRecords(id, version!, null, signal)).records.map(({ inputs }) => canonicalJson(inputs))),
    enabled: id !== "" && version !== undefined,
    staleTime: Infinity,
    gcTime: 60_000,
  });
  return data ?? NOTHING;
}

const NOTHING: ReadonlySet<string> = new Set();
