import { useEffect, useRef, useState, type ReactNode } from "react";
import { plural } from "../../core/format";
import { Button } from "../Button";
import { Dialog } from "../Dialog";
import { countOf, readTargetIds, type Target } from "./target";
import "./curate.css";

export interface BulkResult {
  done: number;
  failed: { thing: string; error: unknown }[];
}

type State = { step: "confirm" } | { step: "running"; done: number; total: number } | { step: "done"; outcome: BulkResult; stopped: boolean } | { step: "failed"; error: unknown };

const TRACES_MAX = 100_000;

/** Runs an action on many traces: asks first, shows progress, can be stopped, and lists failures. */
export function BulkDialog({ title, action, danger, target, tracesMax = TRACES_MAX, ready = true, work, doneText, doneLink, onDone, onClose, children }: {
  title: string;
  action: string;
  danger?: boolean;
  target: Target;
  /** Maximum number of traces; the rest is left out. */
  tracesMax?: number;
  ready?: boolean;
  work: (ids: string[], onProgress: (done: number) => void, signal: AbortSignal) => Promise<BulkResult>;
  /** The message afterwards: `12 traces deleted`. */
  doneText: (done: number) => string;
  /** A link to the result. */
  doneLink?: ReactNode;
  onDone: (ids: string[]) => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const [state, setState] = useState<State>({ step: "confirm" });
  const controller = useRef<AbortController | null>(null);
  useEffect(() => () => controller.current?.abort(), []);
  const run = async () => {
    const stop = new AbortController();
    controller.current = stop;
    setState({ step: "running", done: 0, total: Math.min(countOf(target), tracesMax) });
    try {
      const ids = await readTargetIds(target, tracesMax, stop.signal);
      const outcome = await work(ids, (done) => setState({ step: "running", done, total: ids.length }), stop.signal);
      const failed = new Set(outcome.failed.map(({ thing }) => thing));
      onDone(ids.filter((id) => !failed.has(id)));
      setState({ step: "done", outcome, stopped: stop.signal.aborted });
    } catch (error) {
      setState(stop.signal.aborted ? { step: "confirm" } : { step: "failed", error });
    }
  };
  const foot = state.step === "done" ? <Button look="primary" autoFocus onClick={onClose}>Close</Button>
    : state.step === "running" ? <Button onClick={() => controller.current?.abort()}>Stop</Button>
    : (
      <>
        <Button onClick={onClose}>Cancel</Button>
        <Button look={danger ? "danger" : "primary"} disabled={!ready} onClick={() => void run()}>{action}</Button>
      </>
    );
  return (
    <Dialog title={title} onClose={state.step === "running" ? () => undefined : onClose} foot={foot}>
      {(state.step === "confirm" || state.step === "failed") && (
        <form className="stack" onSubmit={(event) => { event.preventDefault(); if (ready) void run(); }}>{children}</form>
      )}
      {state.step === "failed" && <p className="error-text" role="alert">{state.error instanceof Error ? state.error.message : String(state.error)}</p>}
      {state.step === "running" && (
        <div className="stack" role="status">
          <progress value={state.done} max={Math.max(state.total, 1)} aria-label={title} />
          <p>{state.done.toLocaleString("en-US")} of {plural(state.total, "trace")}</p>
        </div>
      )}
      {state.step === "done" && <Result outcome={state.outcome} stopped={state.stopped} doneText={doneText} doneLink={doneLink} />}
    </Dialog>
  );
}

function Result({ outcome, stopped, doneText, doneLink }: { outcome: BulkResult; stopped: boolean; doneText: (done: number) => string; doneLink?: ReactNode }) {
  return (
    <div className="stack" role="status">
      <p>{doneText(outcome.done)}{stopped ? ", then stopped" : ""}. {doneLink}</p>
      {0 < outcome.failed.length && (
        <>
          <p className="error-text">{plural(outcome.failed.length, "trace")} failed:</p>
          <ul className="bulk-failures">
            {outcome.failed.slice(0, 20).map(({ thing, error }) => (
              <li key={thing}><code>{thing}</code> {error instanceof Error ? error.message : String(error)}</li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
