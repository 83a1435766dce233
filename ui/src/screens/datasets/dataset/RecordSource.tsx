import { sourceFields } from "../../../core/dataset/record";
import { shorten, visible } from "../../../core/text";
import type { DatasetRecord } from "../../../core/types";
import { Property, PropertyList } from "../../../ui/PropertyList";
import { sourceTypeText, TraceLink } from "./recordCells";

const CHARS_MAX = 300;

/** Where a record came from: the type of the source, its trace, and all other fields that a client recorded. */
export function RecordSource({ record }: { record: DatasetRecord }) {
  const { source_trace_id } = record;
  return (
    <section className="stack" aria-label="Source">
      <h3>Source</h3>
      <PropertyList>
        <Property name="Type">{sourceTypeText(record)}</Property>
        {source_trace_id && <Property name="Trace"><TraceLink traceId={source_trace_id}>{visible(source_trace_id)}</TraceLink></Property>}
        {sourceFields(record).map(([name, value]) => <Property key={name} name={visible(name)} title={visible(value)}>{visible(shorten(value, CHARS_MAX))}</Property>)}
      </PropertyList>
    </section>
  );
}
