import fc from "fast-check";
import { expect, test } from "vitest";
import { layOutSession } from "./sessionStrip";

test("a pause of a day between two turns leaves room for the turns", () => {
  const strip = layOutSession([{ start_ms: 0, duration_ms: 1000 }, { start_ms: 86_400_000, duration_ms: 3000 }]);
  expect(strip.map(({ kind, turn, ms, cut }) => ({ kind, turn, ms, cut }))).toEqual([
    { kind: "turn", turn: 0, ms: 1000, cut: false },
    { kind: "gap", turn: 1, ms: 86_399_000, cut: true },
    { kind: "turn", turn: 1, ms: 3000, cut: false },
  ]);
  expect(strip[2]!.width).toBeCloseTo(0.5);
});

test("a short pause is drawn as long as it was", () => {
  const strip = layOutSession([{ start_ms: 0, duration_ms: 500 }, { start_ms: 600, duration_ms: 400 }]);
  expect(strip[1]).toMatchObject({ kind: "gap", cut: false });
  expect(strip[1]!.width).toBeCloseTo(0.1);
});

test("turns that overlap have no pause between them", () => {
  const strip = layOutSession([{ start_ms: 0, duration_ms: 500 }, { start_ms: 100, duration_ms: 50 }, { start_ms: 400, duration_ms: 200 }]);
  expect(strip.map(({ kind }) => kind)).toEqual(["turn", "turn", "turn"]);
});

test("any turns fill the whole line, and every turn is visible", () => {
  const turns = fc.array(fc.record({ start_ms: fc.nat(1e9), duration_ms: fc.oneof(fc.constant(0), fc.nat(1e7)) }), { minLength: 1, maxLength: 200 });
  fc.assert(fc.property(turns, (some) => {
    const sorted = some.toSorted((a, b) => a.start_ms - b.start_ms);
    const strip = layOutSession(sorted);
    expect(strip.filter(({ kind }) => kind === "turn").map(({ turn }) => turn)).toEqual(sorted.map((_, at) => at));
    let at = 0;
    for (const { left, width, kind } of strip) {
      expect(left).toBeCloseTo(at, 6);
      if (kind === "turn") expect(width).toBeGreaterThan(0.001);
      at = left + width;
    }
    expect(at).toBeCloseTo(1, 6);
  }));
});
