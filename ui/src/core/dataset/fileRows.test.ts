import fc from "fast-check";
import { expect, test } from "vitest";
import { cellOfValue, valueOfCell } from "./csvCell";
import { type FileFormat, type FileRow, formatOf, readRows, type RowMistake } from "./fileRows";

async function allRows(text: string, format: FileFormat) {
  const rows: FileRow[] = [];
  const mistakes: RowMistake[] = [];
  let read = 0;
  for await (const batch of readRows(text, format)) {
    rows.push(...batch.rows);
    mistakes.push(...batch.mistakes);
    expect(batch.read).toBeGreaterThanOrEqual(read);
    read = batch.read;
  }
  return { rows, mistakes, read };
}

test("each line of JSON is a row, and lines without an object are named", async () => {
  const { rows, mistakes } = await allRows('\ufeff{"a": 1}\r\n\n{"a": \n[1]\n{"a": {"b": "x"}}', "jsonl");
  expect(rows).toEqual([{ line: 1, cells: { a: 1 } }, { line: 5, cells: { a: { b: "x" } } }]);
  expect(mistakes).toEqual([{ line: 3, message: "not JSON: it ends too early at column 7" }, { line: 4, message: "not a JSON object" }]);
});

test("cells of CSV have values, and lines are counted through quoted line breaks", async () => {
  const text = 'inputs.q,n,expectations\r\n"a, ""b""\nsecond line",3,"{""e"": true}"\r\n\r\nplain,,\r\ntoo,many,cells,here\r\nlast,"5",text';
  const { rows, mistakes, read } = await allRows(text, "csv");
  expect(rows).toEqual([
    { line: 2, cells: { "inputs.q": 'a, "b"\nsecond line', n: 3, expectations: { e: true } } },
    { line: 5, cells: { "inputs.q": "plain" } },
    { line: 7, cells: { "inputs.q": "last", n: 5, expectations: "text" } },
  ]);
  expect(mistakes).toEqual([{ line: 6, message: "4 cells, but the header has 3" }]);
  expect(read).toBe(1);
});

test("other delimiters are recognized, and an open quote is a mistake", async () => {
  expect((await allRows("a;b\n1;x\n", "csv")).rows).toEqual([{ line: 2, cells: { a: 1, b: "x" } }]);
  expect((await allRows("a\tb\n1\tx\n", "csv")).rows).toEqual([{ line: 2, cells: { a: 1, b: "x" } }]);
  const { rows, mistakes } = await allRows('a,b\n1,2\n3,"never closed\n4,5\n', "csv");
  expect(rows).toEqual([{ line: 2, cells: { a: 1, b: 2 } }]);
  expect(mistakes).toEqual([{ line: 3, message: "a quote is not closed" }]);
});

test("empty files have no rows", async () => {
  for (const format of ["jsonl", "csv"] as const) expect(await allRows("", format)).toMatchObject({ rows: [], mistakes: [] });
});

test("a long file has all of its rows, in order and with their lines", async () => {
  const n = 30_000;
  const jsonl = Array.from({ length: n }, (_, at) => `{"n": ${at}, "text": "some words to make it long"}`).join("\n");
  const csv = `n,text\n${Array.from({ length: n }, (_, at) => `${at},"some, quoted"`).join("\n")}\n`;
  const fromJson = await allRows(jsonl, "jsonl");
  const fromCsv = await allRows(csv, "csv");
  expect(fromJson.rows.map(({ line, cells }) => [line, cells.n])).toEqual(Array.from({ length: n }, (_, at) => [at + 1, at]));
  expect(fromCsv.rows.map(({ line, cells }) => [line, cells.n])).toEqual(Array.from({ length: n }, (_, at) => [at + 2, at]));
});

test("a value survives its cell", () => {
  fc.assert(fc.property(fc.oneof(fc.jsonValue(), fc.string(), fc.constantFrom("", "=1+1", "-", "007", "3", "true", '"x"', " a ", "{", "1.5")), (value) => {
    const plain = JSON.parse(JSON.stringify(value)) as unknown;
    expect(valueOfCell(cellOfValue(plain))).toEqual(plain);
  }));
});

test("no cell is a formula of a spreadsheet", () => {
  for (const text of ["=1+1", "+1", "-x", "@SUM(A1)", "\tx", "\rx"]) expect(cellOfValue(text)).toMatch(/^"/);
});

test("the format is known by the name, else by the content", () => {
  expect([formatOf("a.JSONL", ""), formatOf("a.csv", "{"), formatOf("data", ' {"a": 1}'), formatOf("data.txt", "a,b")]).toEqual(["jsonl", "csv", "jsonl", "csv"]);
});
