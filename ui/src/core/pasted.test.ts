import { expect, test } from "vitest";
import { pastedTraceId } from "./pasted";

const HEX = "5b8efff798038103d269b633813fc60c";

test.each([
  [`tr-${HEX}`, `tr-${HEX}`],
  [` tr-${HEX}\n`, `tr-${HEX}`],
  [HEX.toUpperCase(), `tr-${HEX}`],
  ["5b8efff7-9803-8103-d269-b633813fc60c", `tr-${HEX}`],
  [`http://127.0.0.1:5000/t/tr-${HEX}?s=1`, `tr-${HEX}`],
  [`http://127.0.0.1:5000/#/experiments/1/traces?selectedEvaluationId=tr-${HEX}`, `tr-${HEX}`],
  ["tr-custom_id-1", "tr-custom_id-1"],
])("%s is the trace %s", (text, id) => {
  expect(pastedTraceId(text)).toBe(id);
});

test.each(["", "tr-", "try", "refund policy", "5b8efff798038103", `${HEX}00`])("%s is no trace's id", (text) => {
  expect(pastedTraceId(text)).toBeNull();
});
