import { expect, test } from "vitest";
import { inParallel } from "./inParallel";

test("each task runs once, with limited concurrency, and a failure does not stop the others", async () => {
  let running = 0;
  let most = 0;
  const seen: number[] = [];
  const progress: number[] = [];
  const { done, failed } = await inParallel([1, 2, 3, 4, 5, 6, 7], async (n) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running -= 1;
    seen.push(n);
    if (n === 4) throw new Error("no");
  }, { width: 3, onProgress: (count) => progress.push(count) });
  expect(seen.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect([done, failed.map((it) => it.thing), most, progress.at(-1)]).toEqual([6, [4], 3, 7]);
});

test("it stops when it is aborted", async () => {
  const stop = new AbortController();
  const { done } = await inParallel([1, 2, 3, 4], async (n) => { if (n === 2) stop.abort(); }, { width: 1, signal: stop.signal });
  expect(done).toBe(2);
});
