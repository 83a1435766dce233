import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scan } from "./scan";
import { JsonView, vectorSummary } from "./view";

/** Rebuilds the value from its index. */
function built(text: string): unknown {
  const index = scan(text);
  const make = (node: number): unknown => {
    const raw = text.slice(index.from[node]!, index.to[node]);
    if (1 < index.kind[node]!) return JSON.parse(raw);
    const inside: [string, unknown][] = [];
    for (let at = node + 1; at < index.end[node]!; at = index.end[at]!) {
      const key = index.keyFrom[at]! < 0 ? "" : (JSON.parse(text.slice(index.keyFrom[at]!, index.keyTo[at])) as string);
      inside.push([key, make(at)]);
    }
    expect(inside.length).toBe(index.children[node]);
    return index.kind[node] === 1 ? inside.map(([, value]) => value) : Object.fromEntries(inside);
  };
  return make(0);
}

describe("the index of a JSON text", () => {
  it("contains the values that JSON.parse returns", () => {
    fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t"), (value, space) => {
      const text = JSON.stringify(value, null, space);
      expect(built(text)).toEqual(JSON.parse(text));
    }));
  });

  it("rejects everything that JSON.parse rejects", () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."{}[]\",:1-.e ntru\\") }), (text) => {
      let valid = true;
      try { JSON.parse(text); } catch { valid = false; }
      if (valid) expect(built(text)).toEqual(JSON.parse(text));
      else if (!/"/.test(text)) expect(() => scan(text)).toThrow();
    }), { numRuns: 1000 });
  });

  it("reports the position of an error", () => {
    for (const bad of ["", "{", "[1,]", '{"a" 1}', "tru", '"open', "1 2", "[1}"]) expect(() => scan(bad), bad).toThrow(/character \d+/);
  });

  it("reads ten megabytes quickly", () => {
    const text = JSON.stringify(Array.from({ length: 60_000 }, (_, at) => ({ id: at, name: `record ${at}`, tags: ["a", "b"], nested: { x: at, text: "lorem ipsum dolor sit amet ".repeat(4) } })));
    const began = performance.now();
    const view = new JsonView(text);
    expect(view.count).toBe(60_001);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

describe("rows of JSON", () => {
  const view = new JsonView('{"a": [1, {"b c": "x\\ny"}], "n": 12345678901234567890, "e": {}}');

  it("include all values of a small text", () => {
    expect(view.rows(0, 9).map((row) => [row.depth, row.key, row.kind, row.shown])).toEqual([
      [0, null, "object", ""],
      [1, "a", "array", ""],
      [2, 0, "number", "1"],
      [2, 1, "object", ""],
      [3, "b c", "string", "x\ny"],
      [1, "n", "number", "12345678901234567890"],
      [1, "e", "object", "{}"],
    ]);
  });

  it("have a path and a value", () => {
    expect(view.path(4)).toBe('$.a[1]["b c"]');
    expect(view.value(4)).toBe("x\ny");
    expect(view.value(1)).toBe('[1, {"b c": "x\\ny"}]');
  });

  it("can be collapsed, and expand again to reveal a value", () => {
    view.setOpen(1, false);
    expect(view.rows(0, 9).map((row) => row.key)).toEqual([null, "a", "n", "e"]);
    expect(view.find("X\nY")).toEqual([4]);
    expect(view.find("b C")).toEqual([4]);
    expect(view.reveal(4)).toBe(4);
  });

  it("show the beginning of a huge text without splitting a character", () => {
    const huge = new JsonView(JSON.stringify(`${"x".repeat(1198)}\\\\\u0001tail`.repeat(2)));
    const [row] = huge.rows(0, 1);
    expect(row!.more).toBeGreaterThan(1000);
    expect(row!.shown.startsWith("xxx")).toBe(true);
    expect(row!.shown.length).toBeLessThanOrEqual(1200);
  });

  it("summarize a vector", () => {
    const vector = Array.from({ length: 1536 }, () => 1 / Math.sqrt(1536));
    const [, row] = new JsonView(JSON.stringify({ embedding: vector })).rows(0, 5);
    expect(row).toMatchObject({ key: "embedding", open: false, shown: "1,536 floats, norm 1.0" });
    expect(vectorSummary([3, 4])).toBe("2 whole numbers, norm 5.0");
  });
});
