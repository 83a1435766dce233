import { expect, test, vi } from "vitest";
import { PageList, traceKey } from "./pageList";

const SIZE = 10;

function listOf(total: number, pagesMax?: number) {
  const fetch = vi.fn(async (token: string | null) => {
    const from = Number(token ?? 0);
    const rows = Array.from({ length: Math.min(SIZE, total - from) }, (_, at) => ({ trace_id: `tr-${from + at}`, state: "old" }));
    return { rows, next: from + SIZE < total ? String(from + SIZE) : null };
  });
  return { list: new PageList({ fetch, key: traceKey, pagesMax }), fetch };
}

const arrived = () => new Promise((resolve) => setTimeout(resolve, 0));

test("pages are loaded when they become visible, each once", async () => {
  const { list, fetch } = listOf(25);
  list.need(0, 5);
  list.need(0, 5);
  expect(list.ready).toBe(false);
  await arrived();
  expect([list.length, list.whole, fetch.mock.calls.length]).toEqual([10, false, 1]);
  list.need(5, 12);
  await arrived();
  list.need(15, 22);
  await arrived();
  expect([list.length, list.whole, list.row(24)?.trace_id, list.row(25)]).toEqual([25, true, "tr-24", null]);
});

test("invisible pages are dropped, keep their length, and are loaded again", async () => {
  const { list, fetch } = listOf(100, 2);
  for (let at = 0; at < 60; at += 5) {
    list.need(at, at + 9);
    await arrived();
  }
  expect(list.length).toBeGreaterThanOrEqual(60);
  expect(list.kept().length).toBe(2 * SIZE);
  expect(list.row(3)).toBeNull();
  const before = fetch.mock.calls.length;
  list.need(0, 5);
  await arrived();
  expect([list.row(3)?.trace_id, fetch.mock.calls.length]).toEqual(["tr-3", before + 1]);
});

test("rows are updated in place, removed, and inserted at the front", async () => {
  const { list } = listOf(15);
  list.need(0, 5);
  await arrived();
  list.update([{ trace_id: "tr-3", state: "new" }, { trace_id: "elsewhere", state: "new" }]);
  expect([list.row(3)?.state, list.length]).toEqual(["new", 10]);
  list.remove(["tr-0", "tr-1"]);
  expect([list.row(0)?.trace_id, list.indexOf("tr-3"), list.length]).toEqual(["tr-2", 1, 8]);
  list.hold([{ trace_id: "tr-new", state: "new" }, { trace_id: "tr-3", state: "known" }]);
  expect([list.waiting.length, list.length]).toEqual([1, 8]);
  list.admit();
  expect([list.row(0)?.trace_id, list.row(2)?.trace_id, list.length]).toEqual(["tr-new", "tr-3", 9]);
});

test("a closed list ignores a pending page", async () => {
  const { list } = listOf(15);
  list.need(0, 5);
  list.close();
  await arrived();
  expect([list.ready, list.busy]).toEqual([false, false]);
  list.open();
  list.need(0, 5);
  await arrived();
  expect(list.length).toBe(10);
});

test("an error stops loading until the user retries", async () => {
  let fails = true;
  const list = new PageList({ key: traceKey, fetch: async () => {
    if (fails) throw new Error("down");
    return { rows: [{ trace_id: "tr-1" }], next: null };
  } });
  list.need(0, 5);
  await arrived();
  expect([String(list.error), list.ready]).toEqual(["Error: down", false]);
  list.need(0, 5);
  expect(list.busy).toBe(false);
  fails = false;
  list.retry();
  list.need(0, 5);
  await arrived();
  expect([list.error, list.length, list.whole]).toEqual([null, 1, true]);
});

test("a stopped list keeps its pages, and goes on after `resume`", async () => {
  const { list, fetch } = listOf(25);
  list.need(0, 5);
  await arrived();
  list.need(5, 12);
  list.stop();
  await arrived();
  expect([list.length, list.busy, list.stopped]).toEqual([10, false, true]);
  list.need(5, 12);
  expect(fetch).toHaveBeenCalledTimes(2);
  list.resume();
  list.need(5, 12);
  await arrived();
  expect(list.length).toBe(20);
});

test("a page that the server could not fill in time says how far back it searched, until a later page is full", async () => {
  const pages = [{ rows: [], next: "1", coveredFromMs: 5 }, { rows: [{ trace_id: "tr-1" }], next: "2", coveredFromMs: 3 }, { rows: [], next: null }];
  const list = new PageList({ fetch: async (token: string | null) => pages[Number(token ?? 0)]!, key: traceKey });
  const seen: unknown[] = [];
  for (let at = 0; at < pages.length; at++) {
    list.need(0, 5);
    await arrived();
    seen.push(list.progress);
  }
  expect(seen).toEqual([{ backToMs: 5, share: null }, { backToMs: 3, share: null }, null]);
  expect([list.length, list.whole]).toEqual([1, true]);
});
