import { useId, useState } from "react";
import { visible } from "../../core/text";
import { useChangeExperiment } from "../../net/experiments";
import { queryClient } from "../../net/queryClient";
import type { ExperimentSummary } from "../../core/types";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

const AGE = "kansoku.retention.maxAge";
const BYTES = "kansoku.retention.maxBytes";

/** Edits the retention tags of an experiment; an empty field means the server default. */
export function RetentionDialog({ experiment, onClose }: { experiment: ExperimentSummary; onClose: () => void }) {
  const { experiment_id, tags, name } = experiment;
  const [age, setAge] = useState(tags[AGE] ?? "");
  const [size, setSize] = useState(tags[BYTES] ?? "");
  const id = useId();
  const { mutateAsync, error, isPending } = useChangeExperiment({ quiet: true });
  const save = async () => {
    try {
      for (const [key, value] of [[AGE, age.trim()], [BYTES, size.trim()]] as const) {
        if (value === (tags[key] ?? "")) continue;
        await mutateAsync(value ? { kind: "set tag", experiment_id, key, value } : { kind: "delete tag", experiment_id, key });
      }
      onClose();
    } catch {
      // Errors are shown below the fields.
    } finally {
      void queryClient.invalidateQueries({ queryKey: ["storage", experiment_id] });
    }
  };
  return (
    <Dialog
      title={`Retention of ${name}`}
      onClose={onClose}
      foot={<><Button onClick={onClose}>Cancel</Button><Button look="primary" disabled={isPending} onClick={() => void save()}>Save</Button></>}
    >
      <form className="stack" onSubmit={(event) => { event.preventDefault(); void save(); }}>
        <div className="field">
          <label htmlFor={`${id}-age`}>Maximum age of traces</label>
          <input id={`${id}-age`} className="input" value={age} placeholder="30d, 12h, 8w, none" onChange={(event) => setAge(event.target.value)} />
        </div>
        <div className="field">
          <label htmlFor={`${id}-size`}>Maximum size of compressed payload</label>
          <input id={`${id}-size`} className="input" value={size} placeholder="500MB, 10GB, none" onChange={(event) => setSize(event.target.value)} />
        </div>
        <button type="submit" hidden />
        {error && <p className="error-text" role="alert">{visible(error.message)}</p>}
        <p className="meta">Leave a field empty to use the server’s setting; <code>none</code> means no limit. Deleted traces cannot be restored.</p>
      </form>
    </Dialog>
  );
}
