import type { ReactNode } from "react";
import { useUrl } from "../../ui/address/useUrl";

/** A list of traces or of spans: toolbar, summary, volume over time, and the table. */
export function ListFrame({ rows, toolbar, summary, histogram, progress, busy, children }: {
  rows: RowKind;
  toolbar: ReactNode;
  summary: ReactNode;
  histogram: ReactNode;
  progress: ReactNode;
  busy: boolean;
  children: ReactNode;
}) {
  return (
    <div className="traces">
      <h1 className="visually-hidden">{rows === "traces" ? "Traces" : "Spans"}</h1>
      {toolbar}
      <div className="list-head">
        <RowsSwitch rows={rows} />
        {summary}
      </div>
      {histogram}
      {progress}
      <div className="traces-main" aria-busy={busy}>
        {busy && <div className="progress-line" />}
        {children}
      </div>
    </div>
  );
}

export type RowKind = "traces" | "spans";

/** Parameters that apply to one kind of rows only. */
const OF_ONE_KIND = { cols: null, sort: null, group: null, t: null, s: null };

function RowsSwitch({ rows }: { rows: RowKind }) {
  const [, change] = useUrl();
  const choice = (kind: RowKind, text: string, title: string) => (
    <button
      type="button" className="button small" aria-pressed={kind === rows} title={title}
      onClick={() => kind !== rows && change({ ...OF_ONE_KIND, rows: kind === "traces" ? null : kind })}
    >
      {text}
    </button>
  );
  return (
    <span className="segmented" role="group" aria-label="Rows">
      {choice("traces", "Traces", "A row for each trace")}
      {choice("spans", "Spans", "A row for each span; the filter tests each span by itself")}
    </span>
  );
}
