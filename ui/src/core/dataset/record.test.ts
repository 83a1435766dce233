import { expect, test } from "vitest";
import { sourceFields, sourceOfRecord } from "./record";
import { testRecord } from "./testRecords";

test("a source has all of its fields; the trace is shown apart", () => {
  const data = { trace_id: "tr-1", span_id: "s-1", page: { number: 3 } };
  const ofTrace = testRecord("r", { source_type: "TRACE", source_data: data as never, source_trace_id: "tr-1" });
  expect(sourceOfRecord(ofTrace)).toEqual({ source_type: "TRACE", source_data: data });
  expect(sourceFields(ofTrace)).toEqual([["span_id", "s-1"], ["page", '{"number":3}']]);
  const ofDocument = testRecord("r", { source_type: "DOCUMENT", source_data: data as never });
  expect(sourceFields(ofDocument).map(([name]) => name)).toEqual(["trace_id", "span_id", "page"]);
});

test("a record without source has none", () => {
  const record = testRecord("r", { source_type: null, source_data: null });
  expect(sourceOfRecord(record)).toBeUndefined();
  expect(sourceFields(record)).toEqual([]);
});
