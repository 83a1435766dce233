import { useId, useState } from "react";
import { ARCHIVE_TAG } from "../../core/archiveText";
import { visible } from "../../core/text";
import { useArchive } from "../../net/archive";
import { useChangeExperiment } from "../../net/experiments";
import { queryClient } from "../../net/queryClient";
import type { ExperimentSummary } from "../../core/types";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { ArchiveChoice } from "./ArchiveChoice";
import { ExpiringTraces } from "./ExpiringTraces";

const AGE = "kansoku.retention.maxAge";
const BYTES = "kansoku.retention.maxBytes";

/** Edits the tags of an experiment that say what is kept; an empty field means the server default. */
export function RetentionDialog({ experiment, onClose }: { experiment: ExperimentSummary; onClose: () => void }) {
  const { experiment_id, tags, name } = experiment;
  const [age, setAge] = useState(tags[AGE] ?? "");
  const [size, setSize] = useState(tags[BYTES] ?? "");
  const wasArchived = tags[ARCHIVE_TAG] !== "false";
  const [isArchived, setArchived] = useState(wasArchived);
  const { data: archive } = useArchive({ once: true });
  const hasArchive = archive?.configured ?? false;
  const isExcluded = hasArchive && wasArchived && !isArchived;
  const id = useId();
  const { mutateAsync, error, isPending } = useChangeExperiment({ quiet: true });
  const save = async () => {
    try {
      const limits = [[AGE, age.trim()], [BYTES, size.trim()]] as const;
      const choice = [ARCHIVE_TAG, isArchived === wasArchived ? (tags[ARCHIVE_TAG] ?? "") : isArchived ? "" : "false"] as const;
      // Retention may run between two changes, and must not delete what the archive is about to keep.
      for (const [key, value] of isArchived ? [choice, ...limits] : [...limits, choice]) {
        if (value === (tags[key] ?? "")) continue;
        await mutateAsync(value ? { kind: "set tag", experiment_id, key, value } : { kind: "delete tag", experiment_id, key });
      }
      onClose();
    } catch {
      // Errors are shown below the fields.
    } finally {
      void queryClient.invalidateQueries({ queryKey: ["storage", experiment_id] });
      void queryClient.invalidateQueries({ queryKey: ["archive"] });
    }
  };
  return (
    <Dialog
      title={`Retention of ${name}`}
      onClose={onClose}
      foot={(
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look={isExcluded ? "danger" : "primary"} disabled={isPending} onClick={() => void save()}>{isExcluded ? "Save and stop archiving" : "Save"}</Button>
        </>
      )}
    >
      <form className="stack" onSubmit={(event) => { event.preventDefault(); if (!isExcluded) void save(); }}>
        <div className="field">
          <label htmlFor={`${id}-age`}>Maximum age of traces</label>
          <input id={`${id}-age`} className="input" value={age} placeholder="30d, 12h, 8w, none" onChange={(event) => setAge(event.target.value)} />
        </div>
        <div className="field">
          <label htmlFor={`${id}-size`}>Maximum size of compressed payload</label>
          <input id={`${id}-size`} className="input" value={size} placeholder="500MB, 10GB, none" onChange={(event) => setSize(event.target.value)} />
        </div>
        <ExpiringTraces experiment={experiment_id} age={age} size={size} archive={!hasArchive ? "none" : isArchived ? "all" : "some"} />
        {hasArchive && <ArchiveChoice isArchived={isArchived} wasArchived={wasArchived} onChange={setArchived} />}
        <button type="submit" hidden />
        {error && <p className="error-text" role="alert">{visible(error.message)}</p>}
        <p className="meta">
          Leave a field empty to use the server’s setting; <code>none</code> means no limit.{" "}
          {hasArchive && isArchived ? "Expired traces leave the hot store once they are archived, and stay in the archive for good." : "Deleted traces cannot be restored."}
        </p>
      </form>
    </Dialog>
  );
}
