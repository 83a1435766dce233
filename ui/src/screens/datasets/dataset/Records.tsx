import { lazy, Suspense, useMemo, useRef, useState } from "react";
import { hasExpectations } from "../../../core/dataset/record";
import { showRecords } from "../../../core/dataset/recordTable";
import { exact } from "../../../core/format";
import { LocalRows } from "../../../core/localRows";
import type { DatasetDetail, DatasetRecord } from "../../../core/types";
import { useQuickParam } from "../../../ui/address/useQuickParam";
import { useUrl } from "../../../ui/address/useUrl";
import { Button } from "../../../ui/Button";
import { EmptyState, ErrorState, LoadingRows } from "../../../ui/State";
import { useRowCursor } from "../../../ui/table/useRowCursor";
import { useRowSelection } from "../../../ui/table/useRowSelection";
import { useTableSort } from "../../../ui/table/useTableSort";
import { VirtualTable } from "../../../ui/table/VirtualTable";
import type { DatasetAction } from "./DatasetHead";
import { NoRecords } from "./NoRecords";
import { RecordLines, useRecordColumns } from "./recordCells";
import { RecordSelectionBar } from "./RecordSelectionBar";
import { useRecordKeys } from "./useRecordKeys";
import { RECORDS_MAX, useRecords } from "./useRecords";

const RecordDialog = lazy(() => import("./RecordDialog"));

const HEIGHTS = { wide: 46, narrow: 68 };
const keyOf = (record: DatasetRecord) => record.record_id;
const narrowRow = (record: DatasetRecord) => <RecordLines record={record} />;

/** The records of the newest version, or of the one in the address, which cannot be changed. */
export function Records({ dataset, onAction, refresh }: { dataset: DatasetDetail; onAction: (action: DatasetAction) => void; refresh: () => void }) {
  const id = dataset.dataset_id;
  const [search, change] = useUrl();
  const version = search.version === undefined ? dataset.version : Number(search.version);
  const isOld = version !== dataset.version;
  const { records, isLoaded, isPending, isPart, error, retry } = useRecords(id, version);
  const [text = "", setText] = useQuickParam("q");
  const [sort, setSort] = useTableSort("");
  const withoutExpectations = search.only === "unlabelled";
  const rows = useMemo(() => new LocalRows(showRecords(records, { text, withoutExpectations, sort }), keyOf), [records, text, withoutExpectations, sort]);
  const missing = useMemo(() => records.filter((record) => !hasExpectations(record)).length, [records]);
  const cursor = useRowCursor(rows);
  const selection = useRowSelection(rows, JSON.stringify([id, search.version, text, withoutExpectations]));
  const columns = useRecordColumns(records);
  const grid = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const open = (record: string) => change({ record }, { replace: search.record !== undefined });
  const close = () => {
    change({ record: null });
    grid.current?.focus({ preventScroll: true });
  };
  const toggleOnly = () => change({ only: withoutExpectations ? null : "unlabelled" }, { replace: true });
  useRecordKeys({
    rows, cursor, selection,
    add: () => { if (!isOld) open("new"); },
    toggleOnly, refresh,
    focusRows: () => grid.current?.focus({ preventScroll: true }),
    focusFilter: () => input.current?.focus(),
  });
  const opened = search.record ?? null;
  const index = opened === null ? -1 : rows.indexOf(opened);
  // Once it is open, a record stays open until the user closes it, whatever is loaded meanwhile: it may be being edited.
  const [openedOnce, setOpenedOnce] = useState<string | null>(null);
  const canOpen = opened !== null && (opened === "new" || isLoaded || records.some((record) => keyOf(record) === opened));
  if (canOpen && openedOnce !== opened) setOpenedOnce(opened);
  const neighbour = (step: -1 | 1) => {
    const row = index < 0 ? null : rows.row(index + step);
    return row ? () => { cursor.jump(keyOf(row)); open(keyOf(row)); } : undefined;
  };

  if (error && records.length === 0) return <ErrorState error={error} doing="load the records" onRetry={retry} />;
  return (
    <>
      {isOld && (
        <div className="banner" role="status">
          <span>This is version {exact(version)}, which cannot be changed.</span>
          <Button small onClick={() => change({ version: null })}>Show the newest version</Button>
        </div>
      )}
      <div className="row wrap record-tools">
        <input
          ref={input} type="search" className="input grow" aria-label="Filter the records" placeholder="Filter by any text in the record" value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" && event.key !== "ArrowDown" && event.key !== "Escape") return;
            event.preventDefault();
            grid.current?.focus({ preventScroll: true });
            cursor.first();
          }}
        />
        <Button aria-pressed={withoutExpectations} title="m" onClick={toggleOnly}>Without expectations ({exact(missing)})</Button>
        <span className="meta" role="status">
          {!isLoaded && records.length > 0 ? `${exact(records.length)} loaded …` : rows.length === records.length ? "" : `${exact(rows.length)} of ${exact(records.length)}`}
          {isPart && ` The first ${exact(RECORDS_MAX)} records; an export has all.`}
        </span>
      </div>
      {error && <p className="error-text record-tools" role="alert">Not all records could be loaded: {error.message} <Button small onClick={retry}>Try again</Button></p>}
      {isPending ? <LoadingRows height={HEIGHTS.wide} />
        : records.length === 0 && isLoaded ? <NoRecords onAdd={isOld ? null : () => open("new")} onImport={() => onAction({ kind: "import" })} />
        : rows.length === 0 && isLoaded ? (
          <EmptyState title="No record matches"><Button onClick={() => { setText(null); change({ q: null, only: null }); }}>Show all records</Button></EmptyState>
        ) : (
          <div className="record-rows">
            <VirtualTable
              label="Records" list={rows} columns={columns} cursor={cursor} opened={opened} onOpen={open} heights={HEIGHTS}
              narrow={narrowRow} gridRef={grid} sort={sort} onSort={setSort} selection={selection} total={rows.length}
            />
          </div>
        )}
      {selection.keys.size > 0 && <RecordSelectionBar dataset={dataset} version={version} records={records} selection={selection} canDelete={!isOld} onAction={onAction} />}
      <Suspense fallback={null}>
        {opened !== null && (canOpen || openedOnce === opened) && (
          <RecordDialog
            key={opened} dataset={dataset} isNew={opened === "new"} record={records.find((it) => keyOf(it) === opened) ?? null} records={records} readOnly={isOld}
            onClose={close} onSaved={(saved) => { close(); if (saved) cursor.jump(saved); }} onPrevious={neighbour(-1)} onNext={neighbour(1)}
          />
        )}
      </Suspense>
    </>
  );
}
