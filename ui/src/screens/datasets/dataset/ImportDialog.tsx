import { useEffect, useRef, useState } from "react";
import { type ColumnMapping, guessMapping } from "../../../core/dataset/columnMapping";
import { formatOf } from "../../../core/dataset/fileRows";
import { type FileScan, importFile, type ImportResult, NOTHING_IMPORTED, scanFile, type SourceFile } from "../../../core/dataset/importFile";
import { bytes, exact, percent, plural } from "../../../core/format";
import { visible } from "../../../core/text";
import type { DatasetDetail } from "../../../core/types";
import { refreshRecords, upsertRecords } from "../../../net/datasets";
import { Button } from "../../../ui/Button";
import { Dialog } from "../../../ui/Dialog";
import { ImportMapping } from "./ImportMapping";
import { RowMistakes } from "./RowMistakes";

/** Larger files would need too much memory of the browser. */
const BYTES_MAX = 200 * 1024 * 1024;

type Step =
  | { step: "choose"; problem?: string }
  | { step: "reading"; share: number }
  | { step: "mapping" }
  | { step: "storing" }
  | { step: "failed"; problem: string }
  | { step: "done"; stopped: boolean };

/** Imports records from a JSON Lines or CSV file: shows its first rows, asks what its columns are, stores them in batches. */
export function ImportDialog({ dataset, onClose }: { dataset: DatasetDetail; onClose: () => void }) {
  const [step, setStep] = useState<Step>({ step: "choose" });
  const [file, setFile] = useState<SourceFile | null>(null);
  const [scan, setScan] = useState<FileScan | null>(null);
  const [mapping, setMapping] = useState<ColumnMapping>({});
  const [result, setResult] = useState<ImportResult>(NOTHING_IMPORTED);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);

  const read = async (chosen: File) => {
    if (BYTES_MAX < chosen.size) {
      setStep({ step: "choose", problem: `${chosen.name} has ${bytes(chosen.size)}; at most ${bytes(BYTES_MAX)} can be imported at once.` });
      return;
    }
    const controller = new AbortController();
    stop.current = controller;
    setStep({ step: "reading", share: 0 });
    try {
      const text = await chosen.text();
      const source = { name: chosen.name, text, format: formatOf(chosen.name, text) };
      const found = await scanFile(source, { signal: controller.signal, onProgress: (share) => setStep({ step: "reading", share }) });
      setFile(source);
      setScan(found);
      setMapping(guessMapping(found.columns));
      setStep({ step: "mapping" });
    } catch (error) {
      if (!controller.signal.aborted) setStep({ step: "choose", problem: `${chosen.name} could not be read: ${messageOf(error)}` });
    }
  };

  const store = async () => {
    if (!file) return;
    const controller = new AbortController();
    stop.current = controller;
    setStep({ step: "storing" });
    let stopped = false;
    try {
      await importFile(file, mapping, result, { store: (records) => upsertRecords(dataset.dataset_id, records), onBatch: setResult, signal: controller.signal });
    } catch (error) {
      stopped = controller.signal.aborted;
      if (!stopped) {
        setStep({ step: "failed", problem: messageOf(error) });
        return;
      }
    } finally {
      await refreshRecords(dataset.dataset_id);
    }
    setStep({ step: "done", stopped });
  };

  const hasInputs = Object.values(mapping).some((target) => target?.part === "inputs");
  const isBusy = step.step === "storing";
  const foot = step.step === "done" ? <Button look="primary" autoFocus onClick={onClose}>Close</Button>
    : isBusy ? <Button onClick={() => stop.current?.abort()}>Stop</Button>
    : (
      <>
        {step.step === "mapping" && <Button className="import-other" onClick={() => setStep({ step: "choose" })}>Another file</Button>}
        <Button onClick={onClose}>{step.step === "failed" ? "Close" : "Cancel"}</Button>
        {step.step === "mapping" && <Button look="primary" disabled={!hasInputs || scan?.rows === 0} onClick={() => void store()}>Import {plural(scan?.rows ?? 0, "row")}</Button>}
        {step.step === "failed" && <Button look="primary" onClick={() => void store()}>Continue</Button>}
      </>
    );
  return (
    <Dialog title={`Import into ${visible(dataset.name)}`} wide onClose={() => { if (!isBusy) onClose(); }} foot={foot}>
      {step.step === "choose" && <ChooseFile problem={step.problem} onFile={(chosen) => void read(chosen)} />}
      {step.step === "reading" && (
        <div className="stack" role="status"><progress aria-label="Reading the file" value={step.share} max={1} /><p>Reading the file: {percent(step.share)}</p></div>
      )}
      {step.step === "mapping" && scan && file && (
        <>
          <p><b className="breaks">{visible(file.name)}</b>: {plural(scan.rows, "row")} {file.format === "csv" ? "of CSV" : "of JSON Lines"}{scan.mistakes.length > 0 && <span className="error-text">, {plural(scan.mistakes.length, "line")} cannot be read</span>}</p>
          <RowMistakes mistakes={scan.mistakes} />
          {scan.rows > 0 && <ImportMapping scan={scan} mapping={mapping} onChange={setMapping} />}
          {scan.rows > 0 && !hasInputs && <p className="error-text" role="alert">At least one column must be an input.</p>}
          <p className="meta">A record with the same inputs as one in the dataset updates it.</p>
        </>
      )}
      {(isBusy || step.step === "failed") && (
        <div className="stack" role="status">
          <progress aria-label="Import" value={result.handled} max={Math.max(scan?.rows ?? 1, 1)} />
          <p>{exact(result.handled)} of {plural(scan?.rows ?? 0, "row")}</p>
        </div>
      )}
      {step.step === "failed" && (
        <p className="error-text" role="alert">{visible(step.problem)} The rows before were stored; “Continue” goes on after row {exact(result.handled)}.</p>
      )}
      {step.step === "done" && (
        <>
          <p role="status">{plural(result.inserted, "record")} added, {exact(result.updated)} updated{step.stopped ? `, then stopped after row ${exact(result.handled)}` : ""}.{result.mistakes.length + (scan?.mistakes.length ?? 0) > 0 && ` ${plural(result.mistakes.length + (scan?.mistakes.length ?? 0), "line")} left out.`}</p>
          <RowMistakes mistakes={[...(scan?.mistakes ?? []), ...result.mistakes].sort((a, b) => a.line - b.line)} />
        </>
      )}
    </Dialog>
  );
}

function ChooseFile({ problem, onFile }: { problem?: string; onFile: (file: File) => void }) {
  return (
    <div
      className="stack drop-file"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        const file = event.dataTransfer.files[0];
        if (file) onFile(file);
      }}
    >
      <div className="field">
        <label htmlFor="import-file">JSON Lines or CSV file</label>
        <input id="import-file" type="file" accept=".jsonl,.ndjson,.json,.csv,.tsv,text/csv,application/json" onChange={(event) => { const file = event.target.files?.[0]; if (file) onFile(file); }} />
      </div>
      <p className="meta">Or drop a file here. In JSON Lines, each line is an object such as <code>{`{"inputs": {"question": "…"}, "expectations": {"expected_response": "…"}}`}</code>. In CSV, columns are named <code>inputs.question</code>, <code>expectations.expected_response</code>; you can assign other names in the next step.</p>
      {problem && <p className="error-text" role="alert">{visible(problem)}</p>}
    </div>
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
