import { expect, test, vi } from "vitest";
import { readTraceIds } from "../../net/traces";
import { readTargetIds } from "./target";

vi.mock("../../net/traces", () => ({ readTraceIds: vi.fn(async (_scope: unknown, max: number) => ["tr-4", "tr-3", "tr-2"].slice(0, max)) }));

test("selected traces are limited as well as those of a filter", async () => {
  expect(await readTargetIds({ ids: ["tr-1", "tr-2", "tr-3"] }, 2)).toEqual(["tr-1", "tr-2"]);
  expect(await readTargetIds({ all: { experiment: "1", q: "", from: null, to: null }, count: 3 }, 2)).toEqual(["tr-4", "tr-3"]);
  expect(readTraceIds).toHaveBeenCalledTimes(1);
});
