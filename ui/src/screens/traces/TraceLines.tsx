import type { ReactNode } from "react";
import { duration } from "../../core/format";
import { visible } from "../../core/text";
import type { TraceRow } from "../../core/types";
import { Outcome, outcomeOf } from "../../ui/Outcome";
import { TraceLink } from "./TraceLink";

/** A row on a narrow screen: the input, and the output below it. */
export function traceLines(row: TraceRow, box: ReactNode) {
  const below = row.error ? `${row.error.span}: ${row.error.message ?? "failed"}` : row.output;
  return (
    <>
      {box}
      <Outcome outcome={outcomeOf(row)} />
      <span className="grow">
        <span className="row"><span className="grow ellipsis"><TraceLink row={row} /></span><span>{duration(row.duration_ms)}</span></span>
        <span className={`ellipsis below${row.error ? " mono error-text" : " muted"}`}>{visible(below ?? "")}</span>
      </span>
    </>
  );
}
