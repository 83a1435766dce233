import { expect, test } from "vitest";
import { TRACE_KEYS } from "../../ui/trace/traceKeys";
import { TRACES_KEYS } from "./tracesKeys";

const letters = (table: { key: string }[]) => table.flatMap(({ key }) => key.split(/[ ,]+/)).filter((key) => /^[a-zA-Z]$/.test(key));

test("a letter has one meaning in the trace list", () => {
  const used = letters(TRACES_KEYS);
  expect(used).toEqual([...new Set(used)]);
});

test("traces are sent to review by a key that the open trace leaves to the list", () => {
  expect(TRACES_KEYS).toContainEqual({ key: "R", does: "Send to a review queue" });
  expect(letters(TRACE_KEYS)).not.toContain("R");
});
