import { describe, expect, it } from "vitest";
import { attributesOf, groupOf, hexId, plain } from "./otel";

describe("attributes", () => {
  it("are read, whatever the type of their value", () => {
    expect(plain({ kvlist_value: { values: [{ key: "a", value: { array_value: { values: [{ int_value: 3 }, { bool_value: false }, {}] } } }, { key: "__proto__", value: { string_value: "x" } }] } })).toEqual(
      JSON.parse('{"a": [3, false, null], "__proto__": "x"}'),
    );
    expect(plain({ int_value: "9007199254740993" })).toBe("9007199254740993");
    expect(plain(undefined)).toBe(null);
  });

  it("are grouped by the convention that their names come from", () => {
    expect(["app.region", "gen_ai.system", "mlflow.spanType", "service.name", "errors", "ai.model.id"].map(groupOf)).toEqual(["Custom", "GenAI", "MLflow", "OpenTelemetry", "Custom", "GenAI"]);
    const span = { trace_id: "", span_id: "", attributes: [{ key: "b", value: { string_value: "2" } }, { key: "a" }] };
    expect(attributesOf(span)).toEqual([{ nth: 1, key: "a", value: null, group: "Custom" }, { nth: 0, key: "b", value: "2", group: "Custom" }]);
  });
});

it("writes an id as OpenTelemetry does", () => {
  expect(hexId("AAAIz4VRAAQ=")).toBe("000008cf85510004");
  expect(hexId("***")).toBe(null);
});
