import { expect, test } from "vitest";
import { type SearchSource, type TimeWindow, WindowedSearch } from "./windowedSearch";

const HOURS = 100;
const HOUR = 3_600_000;
const PER_HOUR = 500;

/** A search in which one trace in 500 matches at the given hours, and a window takes `msPerTrace` for each trace. */
function searchOf(hits: number[], { msPerTrace = 0.1, tooMany = Infinity } = {}) {
  let now = 0;
  const windows: TimeWindow[] = [];
  const source: SearchSource<{ trace_id: string }> = {
    counts: async () => ({ from: 0, to: HOURS * HOUR - 1, startMs: 0, bucketMs: HOUR, counts: Array.from({ length: HOURS }, () => PER_HOUR) }),
    page: async (window) => {
      windows.push(window);
      const traces = ((window.to - window.from) / HOUR) * PER_HOUR;
      if (tooMany < traces) throw new Error("deadline");
      now += traces * msPerTrace;
      const rows = hits.filter((hour) => window.from <= hour * HOUR && hour * HOUR <= window.to).sort((a, b) => b - a);
      return { rows: rows.map((hour) => ({ trace_id: String(hour) })), next: null };
    },
    isTooMuch: (error) => error instanceof Error && error.message === "deadline",
    nowMs: () => now,
  };
  return { search: new WindowedSearch(source), windows };
}

async function all(search: WindowedSearch<{ trace_id: string }>): Promise<string[]> {
  const ids: string[] = [];
  for (let token: string | null = null, first = true; first || token !== null; first = false) {
    const { rows, next } = await search.fetch(token, new AbortController().signal);
    ids.push(...rows.map((row) => row.trace_id));
    token = next;
  }
  return ids;
}

test("it finds every match once, the newest first, and covers the range without a gap", async () => {
  const { search, windows } = searchOf([99, 96, 95, 40, 3, 0]);
  expect(await all(search)).toEqual(["99", "96", "95", "40", "3", "0"]);
  expect(windows[0]!.to).toBe(HOURS * HOUR - 1);
  for (const [at, window] of windows.slice(1).entries()) expect(window.to).toBe(windows[at]!.from - 1);
  expect(windows.at(-1)!.from).toBe(0);
  expect(search.progress).toEqual({ backToMs: 0, share: 1 });
});

test("the first match is returned before the rest is searched, and progress is reported", async () => {
  const { search } = searchOf([90, 2]);
  const heard: number[] = [];
  search.subscribe(() => heard.push(search.progress!.share));
  const { rows, next } = await search.fetch(null, new AbortController().signal);
  expect(rows).toEqual([{ trace_id: "90" }]);
  expect(next).not.toBeNull();
  expect(search.progress!.share).toBeGreaterThan(0.08);
  expect(search.progress!.share).toBeLessThan(0.9);
  expect(heard).toEqual(heard.toSorted((a, b) => a - b));
});

test("reading a page again returns the same rows, although windows have grown", async () => {
  const { search } = searchOf([98, 90, 50, 10]);
  const signal = new AbortController().signal;
  const first = await search.fetch(null, signal);
  const second = await search.fetch(first.next, signal);
  await search.fetch(second.next, signal);
  expect((await search.fetch(null, signal)).rows).toEqual(first.rows);
  expect((await search.fetch(first.next, signal)).rows).toEqual(second.rows);
});

test("a window that is too large is split into smaller ones; other errors are thrown", async () => {
  const { search, windows } = searchOf([80, 1], { msPerTrace: 0.001, tooMany: 4000 });
  expect(await all(search)).toEqual(["80", "1"]);
  expect(windows.length).toBeGreaterThan(12);
  const broken = new WindowedSearch({ ...searchOf([]).search["source"], page: () => Promise.reject(new Error("no")) });
  await expect(broken.fetch(null, new AbortController().signal)).rejects.toThrow("no");
});
