import { afterEach, expect, test, vi } from "vitest";
import { recordTrace, recentTraces } from "./recentTraces";

function storage(kept: Record<string, string> = {}) {
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept[key] ?? null,
    setItem: (key: string, value: string) => (kept[key] = value),
    removeItem: (key: string) => Reflect.deleteProperty(kept, key),
  });
}
afterEach(() => vi.unstubAllGlobals());

test("the last opened trace comes first, without duplicates, and eight are remembered", () => {
  storage();
  for (let at = 0; at < 10; at++) recordTrace(`tr-${at}`);
  recordTrace("tr-7");
  expect(recentTraces()).toEqual(["tr-7", "tr-9", "tr-8", "tr-6", "tr-5", "tr-4", "tr-3", "tr-2"]);
});

test("without storage, or with invalid data in it, no trace is remembered", () => {
  vi.stubGlobal("localStorage", { getItem: () => { throw new Error("denied"); }, setItem: () => { throw new Error("denied"); } });
  recordTrace("tr-1");
  expect(recentTraces()).toEqual([]);
  storage({ "kansoku.recent": "{" });
  expect(recentTraces()).toEqual([]);
  storage({ "kansoku.recent": "[1, \"tr-1\"]" });
  expect(recentTraces()).toEqual(["tr-1"]);
});
