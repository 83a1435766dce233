import type { TraceRow } from "../core/types";

const LOOK = {
  ok: { sign: "✓", text: "ok" },
  recovered: { sign: "▲", text: "ok, with failed spans" },
  error: { sign: "✕", text: "failed" },
  running: { sign: "◌", text: "running" },
};

export type OutcomeName = keyof typeof LOOK;

export function outcomeOf(row: Pick<TraceRow, "state" | "recovered">): OutcomeName {
  if (row.state === "ERROR") return "error";
  if (row.state === "IN_PROGRESS") return "running";
  return row.recovered ? "recovered" : "ok";
}

/** The outcome of a trace, as shape and colour. */
export function Outcome({ outcome }: { outcome: OutcomeName }) {
  const { sign, text } = LOOK[outcome];
  return (
    <span className={`outcome ${outcome}`} role="img" aria-label={text} title={text}>
      {sign}
    </span>
  );
}
