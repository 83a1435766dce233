import { expect, test } from "vitest";
import { DEFAULT_COLUMNS, isDefault, printColumns, readColumns } from "./columnText";

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
