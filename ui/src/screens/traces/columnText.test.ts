import { expect, test } from "vitest";
import { DEFAULT_COLUMNS, isDefault, printColumns, readColumns } from "./columnText";

test("columns are read as they were written, whatever their keys", () => {
  const columns = [{ id: "time" }, { id: "input", width: 240 }, { id: "tag:a,b~c%d" }];
  expect(readColumns(printColumns(columns))).toEqual(columns);
  expect(printColumns(columns)).toBe("time,input~240,tag:a%2Cb%7Ec%25d");
});

test("what is no column is left out, widths stay within reason, and no column comes twice", () => {
  expect(readColumns("time,,time,input~9,output~99999,%E0%A4%A,cost~x")).toEqual([
    { id: "time" }, { id: "input", width: 40 }, { id: "output", width: 1200 }, { id: "cost" },
  ]);
  expect(isDefault(readColumns(printColumns(DEFAULT_COLUMNS)))).toBe(true);
});
