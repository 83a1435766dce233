import { useEffect, useRef, useState } from "react";
import { exact, plural } from "../../../core/format";
import { toast } from "../../../core/toastQueue";
import type { DatasetDetail } from "../../../core/types";
import { Button } from "../../../ui/Button";
import { Dialog } from "../../../ui/Dialog";
import { exportRecords, type ExportFormat } from "./exportRecords";

/** Shows the progress of an export, which can be stopped. */
export function ExportDialog({ dataset, version, format, onClose }: { dataset: DatasetDetail; version: number; format: ExportFormat; onClose: () => void }) {
  const [done, setDone] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const closed = useRef(onClose);
  useEffect(() => { closed.current = onClose; });
  const { dataset_id: id, name } = dataset;
  useEffect(() => {
    const stop = new AbortController();
    exportRecords({ id, name, version, format }, { onProgress: setDone, signal: stop.signal }).then(
      (count) => {
        if (stop.signal.aborted) return;
        toast(`${plural(count, "record")} exported`);
        closed.current();
      },
      (failed: unknown) => { if (!stop.signal.aborted) setError(failed); },
    );
    return () => stop.abort();
  }, [id, name, version, format, attempt]);
  return (
    <Dialog
      title={`Export version ${version}`}
      onClose={onClose}
      foot={error === null ? <Button onClick={onClose}>Stop</Button> : (
        <><Button onClick={onClose}>Close</Button><Button look="primary" onClick={() => { setError(null); setDone(0); setAttempt(attempt + 1); }}>Try again</Button></>
      )}
    >
      {error === null ? (
        <div className="stack" role="status">
          <progress aria-label="Export" value={done} max={Math.max(version === dataset.version ? dataset.record_count : done, 1)} />
          <p>{exact(done)} records</p>
        </div>
      ) : <p className="error-text" role="alert">{error instanceof Error ? error.message : String(error)}</p>}
    </Dialog>
  );
}
