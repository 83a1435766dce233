import { expect, test } from "vitest";
import { feedbackField } from "./feedbackField";

test("a name with other characters than letters, digits and dots is quoted", () => {
  expect(["quality", "judge.tone", "my metric", "1st", "a.", "a`b", "größe"].map(feedbackField)).toEqual([
    "feedback.quality", "feedback.judge.tone", "feedback.`my metric`", "feedback.`1st`", "feedback.`a.`", 'feedback."a`b"', "feedback.`größe`",
  ]);
});
