import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Throttle } from "./throttle";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the first call runs at once, and the last of a burst at the end of the interval", () => {
  const run = vi.fn();
  const throttle = new Throttle(5000, run);
  throttle.call();
  vi.advanceTimersByTime(0);
  expect(run).toHaveBeenCalledTimes(1);
  for (let at = 0; at < 10; at++) {
    vi.advanceTimersByTime(100);
    throttle.call();
  }
  expect(run).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(4000);
  expect(run).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(60_000);
  expect(run).toHaveBeenCalledTimes(2);
});

test("a cancelled task does not run", () => {
  const run = vi.fn();
  const throttle = new Throttle(1000, run);
  throttle.call();
  throttle.cancel();
  vi.advanceTimersByTime(5000);
  expect(run).not.toHaveBeenCalled();
});
