import { expect, test } from "vitest";
import type { FoundSpan } from "../../../core/types";
import { spanFilters } from "./spanFilters";
import { ofSpanKey, spanKey } from "./spanKey";

const row = {
  trace_id: "tr-a/b", span_id: "00f067aa0ba902b7", name: "it's", type: "TOOL", status: "ERROR", error: "ValueError: no",
  values: { "inputs.city": "Kyoto", "span.attributes.n": 4 }, duration_ms: 12.345, total_tokens: null, cost: 0.25, trace_name: "ask",
} as unknown as FoundSpan;

test("a cell is a condition on the span, or on its trace", () => {
  const keep = (column: string) => spanFilters(column, row).map((filter) => filter.keep);
  expect(keep("name")).toEqual(['span.name = "it\'s"']);
  expect(keep("outcome")).toEqual(["span.status = 'ERROR'"]);
  expect(keep("duration")).toEqual(["span.duration >= 12.345"]);
  expect(keep("error")).toEqual(["error = 'ValueError: no'"]);
  expect(keep("trace")).toEqual(["name = 'ask'"]);
  expect(keep("tokens")).toEqual([]);
  expect(keep("id")).toEqual([]);
  expect(keep("value:span.attributes.n")).toEqual(["span.attributes.n = '4'"]);
  expect(spanFilters("type", row)[0]!.drop).toBe("NOT span.type = 'TOOL'");
});

test("a key names a span of a trace, whatever the trace's id", () => {
  expect(ofSpanKey(spanKey(row))).toEqual({ trace_id: row.trace_id, span_id: row.span_id });
});

test("values of inputs are no conditions, since those test the root span", () => {
  expect(spanFilters("value:inputs.city", row)).toEqual([]);
});
