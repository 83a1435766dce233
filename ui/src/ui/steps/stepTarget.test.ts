import { expect, test } from "vitest";
import type { Step } from "../../core/types";
import type { Side } from "../../net/analytics";
import { failedSpans, slowerSpans, spansOfStep, tracesOfStep } from "./stepTarget";

const side = (q: string) => ({ q, range: { from: "now-7d", to: "" } }) as Side;
const step = { filter: "span.name = 'db'", calls: 12, traces: 7, errors: 0 } as Step;

test("numbers of a step open its spans", () => {
  expect(spansOfStep(side("version = '2'"), step)).toMatchObject({ q: "version = '2' AND span.name = 'db'", count: 12, spans: true });
  expect(spansOfStep(side(""), step, slowerSpans(12.3456))).toMatchObject({ q: "span.name = 'db' AND span.duration >= 12.345", spans: true });
  expect(spansOfStep(side(""), step, failedSpans(step)).count).toBe(0);
  expect(spansOfStep(side(""), step, slowerSpans(null)).count).toBe(0);
  expect(tracesOfStep(side(""), step)).toEqual({ q: "span.name = 'db'", range: { from: "now-7d", to: "" }, count: 7 });
});

test("where other spans choose the traces, the traces are opened", () => {
  expect(spansOfStep(side("span.type = 'TOOL'"), step)).toMatchObject({ q: "(span.type = 'TOOL') AND (span.name = 'db')", spans: false });
});
