import { expect, test } from "vitest";
import { DEFAULT_COLUMNS, isDefault, printColumns, readColumns, typedColumn, valueField } from "./columnText";

test("columns with any keys are read as they were written", () => {
  const columns = [{ id: "time" }, { id: "input", width: 240 }, { id: "tag:a,b~c%d" }];
  expect(readColumns(printColumns(columns))).toEqual(columns);
  expect(printColumns(columns)).toBe("time,input~240,tag:a%2Cb%7Ec%25d");
});

test("unknown columns and duplicates are left out, and widths are limited", () => {
  expect(readColumns("time,,time,input~9,output~99999,%E0%A4%A,cost~x")).toEqual([
    { id: "time" }, { id: "input", width: 40 }, { id: "output", width: 1200 }, { id: "cost" },
  ]);
  expect(isDefault(readColumns(printColumns(DEFAULT_COLUMNS)))).toBe(true);
});

test("a path that is typed becomes a column, as filters write it", () => {
  expect(typedColumn(" inputs.customer.id")).toBe("value:inputs.customer.id");
  expect(typedColumn("outputs.final answer")).toBe("value:outputs.`final answer`");
  expect(typedColumn("attributes.app.tenant")).toBe("value:span.attributes.app.tenant");
  expect(typedColumn("span.attributes.app.tenant")).toBe("value:span.attributes.app.tenant");
  expect(["", "inputs", "inputs.", "inputs.a.", "inputs..a", "tags.env", "Input"].map(typedColumn)).toEqual(Array(7).fill(null));
  expect(["value:inputs.a", "value:status", "tag:inputs.a", "value:inputs."].map(valueField)).toEqual(["inputs.a", null, null, null]);
});
