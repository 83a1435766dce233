import { expect, test } from "vitest";
import type { AssessmentRow } from "./types";
import { pressAll, thumbOf } from "./thumbs";

function assessment(more: Partial<AssessmentRow>): AssessmentRow {
  return {
    assessment_id: "a-1", name: "user_feedback", kind: "feedback", value: true, verdict: "good", polarity: "positive", rationale: null, error: null,
    source_type: "HUMAN", source_id: "ana", span_id: null, create_time_ms: 1, update_time_ms: 1, ...more,
  };
}

test("the newest thumb counts; thumbs on spans, of other users and of judges do not", () => {
  const older = assessment({ assessment_id: "a-1" });
  const newer = assessment({ assessment_id: "a-2", value: false, update_time_ms: 2 });
  expect(thumbOf([newer, older], "user_feedback", "ana")?.assessment_id).toBe("a-2");
  expect(thumbOf([assessment({ span_id: "00f067aa0ba902b7" })], "user_feedback", "ana")).toBeNull();
  expect(thumbOf([assessment({ source_type: "LLM_JUDGE" })], "user_feedback", "ana")).toBeNull();
  expect(thumbOf([older], "user_feedback", "ben")).toBeNull();
  expect(thumbOf([older], "thumbs", "ana")).toBeNull();
});

test("pressing a thumb creates, changes or deletes it", () => {
  const up = assessment({});
  const down = assessment({ value: false, verdict: "bad" });
  expect(pressAll([null], "bad")).toEqual(["create"]);
  expect(pressAll([up], "bad")).toEqual(["change"]);
  expect(pressAll([down], "bad")).toEqual(["delete"]);
});

test("with several traces, those without the thumb get it; if all have it, it is deleted", () => {
  const down = assessment({ value: false, verdict: "bad" });
  expect(pressAll([down, null, assessment({})], "bad")).toEqual(["keep", "create", "change"]);
  expect(pressAll([down, down], "bad")).toEqual(["delete", "delete"]);
});
