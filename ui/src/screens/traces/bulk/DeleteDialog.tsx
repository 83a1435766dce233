import { plural } from "../../../core/format";
import { useExperiment } from "../../../net/experiment";
import { BulkDialog } from "../../../ui/curate/BulkDialog";
import { countOf, type Target } from "../../../ui/curate/target";
import { deleteMany } from "./requests";

/** Deletes many traces permanently. */
export function DeleteDialog({ experiment, target, onDone, onClose }: { experiment: string; target: Target; onDone: (ids: string[]) => void; onClose: () => void }) {
  const experimentId = useExperiment(experiment).data?.experiment_id;
  const traces = plural(countOf(target), "trace");
  return (
    <BulkDialog
      title={`Delete ${traces}?`}
      action={`Delete ${traces}`}
      danger
      target={target}
      ready={experimentId !== undefined}
      work={(ids, onProgress, signal) => deleteMany(experimentId!, ids, onProgress, signal)}
      doneText={(done) => `${plural(done, "trace")} deleted`}
      onDone={onDone}
      onClose={onClose}
    >
      <p>Their spans, tags and assessments go with them. This cannot be undone.</p>
      {"all" in target && <p className="meta">These are all that {target.all.q ? <>the filter <code>{target.all.q}</code></> : "the time range"} keeps.</p>}
    </BulkDialog>
  );
}
