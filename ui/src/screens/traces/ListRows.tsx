import type { ReactNode } from "react";
import type { PageList, Row } from "../../core/pageList";
import { ErrorState, LoadingRows } from "../../ui/State";
import { MoreRowsError } from "../../ui/table/MoreRowsError";

/** The rows of a list or the reason why there are none, and an error of a later page. */
export function ListRows<T extends Row>({ list, unit, empty, children }: {
  list: PageList<T>;
  unit: "traces" | "spans";
  /** Shown instead of the rows, if there are none. */
  empty: ReactNode;
  children: ReactNode;
}) {
  return (
    <>
      {list.error !== null && list.length === 0 ? <ErrorState error={list.error} doing={`load the ${unit}`} onRetry={() => { list.retry(); list.need(0, 0); }} />
        : !list.ready ? (list.stopped ? <p className="grid-end">No match so far.</p> : <LoadingRows rows={16} />)
        : empty || children}
      <MoreRowsError list={list} unit={unit} />
    </>
  );
}
