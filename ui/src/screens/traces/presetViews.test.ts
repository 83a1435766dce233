import { expect, it } from "vitest";
import { presetPatch, presetViews, shows } from "./presetViews";

it("detects the current view", () => {
  const [errors, slow] = presetViews("user_feedback");
  expect(shows(errors!, { q: "status = 'ERROR'", from: "now-1d" })).toBe(true);
  expect(shows(errors!, { q: "status = 'ERROR'", sort: "cost DESC" })).toBe(false);
  expect(shows(slow!, { sort: "execution_time DESC" })).toBe(true);
  expect(presetPatch(slow!)).toMatchObject({ q: null, sort: "execution_time DESC" });
});

it("quotes the feedback name of thumbs", () => {
  expect(presetViews("my thumbs").find(({ name }) => name === "Unreviewed")?.q).toBe("feedback.`my thumbs` IS NULL");
  expect(presetViews("` and \"").find(({ name }) => name === "Unreviewed")?.q).toBe("feedback.``` and \"` IS NULL");
});
