import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { cellText, columnId, recordColumns } from "../../../core/dataset/recordTable";
import { recordTitle } from "../../../core/dataset/recordDifferences";
import { ownTags } from "../../../core/dataset/dataset";
import { expectationsOf, hasExpectations } from "../../../core/dataset/record";
import { compactText } from "../../../core/textKind";
import { shorten, visible } from "../../../core/text";
import type { DatasetRecord } from "../../../core/types";
import type { VirtualColumn } from "../../../ui/table/VirtualTable";
import { Time } from "../../../ui/Time";
import { DatasetTags } from "../DatasetTable";

/** Characters of a cell, which shows two lines. */
const CHARS_MAX = 400;

/** The columns of a table of records: those of its fields, then tags, source and time. */
export function useRecordColumns(records: readonly DatasetRecord[]): VirtualColumn<DatasetRecord>[] {
  const fields = useMemo(() => recordColumns(records), [records]);
  const names = JSON.stringify(fields);
  const hasTags = useMemo(() => records.some((record) => ownTags(record.tags as Record<string, unknown>).length > 0), [records]);
  return useMemo(() => {
    const parsed = JSON.parse(names) as ReturnType<typeof recordColumns>;
    return [
      ...parsed.map((column): VirtualColumn<DatasetRecord> => ({
        id: columnId(column), title: visible(columnId(column)), width: 160, grow: column.part === "outputs" ? 1 : 2, orders: [columnId(column), `-${columnId(column)}`],
        cell: (record) => <CellText text={cellText(record, column)} />,
      })),
      ...(hasTags ? [{ id: "tags", title: "Tags", width: 140, cell: (record: DatasetRecord) => <DatasetTags tags={ownTags(record.tags as Record<string, unknown>)} /> }] : []),
      { id: "source", title: "Source", width: 84, orders: ["source", "-source"], cell: (record) => <SourceLink record={record} /> },
      { id: "changed", title: "Changed", width: 92, orders: ["-changed", "changed"], cell: (record) => <Time ms={record.update_time_ms} /> },
    ];
  }, [names, hasTags]);
}

function CellText({ text }: { text: string | null }) {
  if (text === null) return <span className="muted">–</span>;
  return <span className="grid-text">{visible(shorten(text, CHARS_MAX))}</span>;
}

/** Where a record came from: the trace, which may have been deleted since, or who or what made it. */
function SourceLink({ record }: { record: DatasetRecord }) {
  if (record.source_trace_id) return <TraceLink traceId={record.source_trace_id}>Trace</TraceLink>;
  return <span className="muted">{sourceTypeText(record)}</span>;
}

export function TraceLink({ traceId, children }: { traceId: string; children: ReactNode }) {
  return <Link to="/t/$traceId" params={{ traceId }} title={`Open the trace ${visible(traceId)}`}>{children}</Link>;
}

export function sourceTypeText({ source_type }: Pick<DatasetRecord, "source_type">): string {
  return source_type && source_type !== "UNSPECIFIED" ? visible(source_type.toLowerCase()) : "–";
}

/** A record on a narrow screen. */
export function RecordLines({ record }: { record: DatasetRecord }) {
  return (
    <>
      <span className="grid-text">{visible(shorten(recordTitle(record), CHARS_MAX))}</span>
      <span className="meta ellipsis record-below">{hasExpectations(record) ? `expects ${visible(shorten(compactText(expectationsOf(record)), 120))}` : "without expectations"}</span>
    </>
  );
}
