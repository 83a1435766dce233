import { expect, test } from "vitest";
import type { AssessmentRow } from "./types";
import { press, thumbOf, thumbsName } from "./thumbs";

function assessment(more: Partial<AssessmentRow>): AssessmentRow {
  return {
    assessment_id: "a-1", name: "user_thumbs", kind: "feedback", value: true, rationale: null, error: null,
    source_type: "HUMAN", source_id: "ana", span_id: null, create_time_ms: 1, update_time_ms: 1, ...more,
  };
}

test("the name in use is kept to; a judge's is not a person's", () => {
  expect(thumbsName([])).toBe("thumbs");
  expect(thumbsName([assessment({ source_type: "LLM_JUDGE" })])).toBe("thumbs");
  expect(thumbsName([assessment({ name: "accuracy" }), assessment({})])).toBe("user_thumbs");
});

test("of several thumbs the newest counts, and those on spans are not the trace's", () => {
  const older = assessment({ assessment_id: "a-1" });
  const newer = assessment({ assessment_id: "a-2", value: false, update_time_ms: 2 });
  expect(thumbOf([newer, older], "user_thumbs")?.assessment_id).toBe("a-2");
  expect(thumbOf([assessment({ span_id: "00f067aa0ba902b7" })], "user_thumbs")).toBeNull();
  expect(thumbOf([older], "thumbs")).toBeNull();
});

test("a thumb is given, changed, and taken back", () => {
  expect(press(null, "bad")).toBe("create");
  expect(press("good", "bad")).toBe("change");
  expect(press("bad", "bad")).toBe("delete");
});
