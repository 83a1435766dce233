// Records for tests.
import type { DatasetRecord } from "../types";

export function testRecord(id: string, changes: Partial<DatasetRecord> = {}): DatasetRecord {
  return {
    record_id: id, inputs: { question: id } as never, outputs: {}, expectations: null, tags: {} as never, source_type: "HUMAN", source_data: {}, source_trace_id: null,
    added_in: 1, create_time_ms: 1, created_by: null, update_time_ms: 1, updated_by: null, ...changes,
  };
}
