import fc from "fast-check";
import { expect, test } from "vitest";
import { foundErrors, ISSUE_SEVERITIES, ISSUE_STATUSES, issueFilter, issueWord, linksTo, ownerOf, ownersIn, ownerTag, rootCauseOf, severityRank, type Issue } from "./issue";
import type { AssessmentRow, TraceGroup } from "./types";

const issue = (rest: Partial<Issue>): Issue => ({
  issue_id: "iss-1", experiment_id: "1", name: "n", description: "d", status: "pending", created_timestamp: 10, last_updated_timestamp: 10, ...rest,
});
const group = (value: string | null, last_ms = 100): TraceGroup => ({
  value, filter: "", traces: 1, errors: 1, recovered: 0, p50_ms: null, p95_ms: null, total_tokens: 0, cost: 0, first_ms: 0, last_ms, feedback: [], series: [],
});

test("an error needs an issue unless one stands for it", () => {
  const groups = [group("a"), group("b"), group(null)];
  expect(foundErrors(groups, []).map(({ group }) => group.value)).toEqual(["a", "b"]);
  expect(foundErrors(groups, [issue({ root_causes: ["a"] })]).map(({ group }) => group.value)).toEqual(["b"]);
  expect(foundErrors(groups, [issue({ root_causes: ["a"], status: "rejected" })]).map(({ group }) => group.value)).toEqual(["b"]);
});

test("an error that was seen again after its issue was resolved is found again", () => {
  const resolved = issue({ root_causes: ["a"], status: "resolved", last_updated_timestamp: 50 });
  expect(foundErrors([group("a", 49)], [resolved])).toEqual([]);
  expect(foundErrors([group("a", 51)], [resolved])).toEqual([{ group: group("a", 51), resolved }]);
  // A second issue, still pending, stands for it.
  expect(foundErrors([group("a", 51)], [resolved, issue({ root_causes: ["a"] })])).toEqual([]);
});

test("an issue made from an error stands for it, however long its text is", () => {
  fc.assert(fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 3000 }), (text, times) => {
    const signature = text.repeat(times);
    const made = issue({ root_causes: [rootCauseOf(signature)] });
    expect(made.root_causes![0]!.length).toBeLessThanOrEqual(10_000);
    expect(foundErrors([group(signature)], [made])).toEqual([]);
  }));
});

test("only assessments of kind issue link a trace", () => {
  const assessment = (kind: string, name: string) => ({ assessment_id: `${kind} ${name}`, kind, name }) as AssessmentRow;
  const all = [assessment("feedback", "iss-1"), assessment("issue", "iss-1"), assessment("issue", "iss-2")];
  expect(linksTo(all, "iss-1").map((it) => it.assessment_id)).toEqual(["issue iss-1"]);
});

test("the owner is a tag of the experiment", () => {
  expect(ownerOf([{ key: ownerTag("iss-1"), value: "ana" }], "iss-1")).toBe("ana");
  expect(ownerOf([{ key: ownerTag("iss-1"), value: "ana" }], "iss-2")).toBe("");
  expect(ownerOf(undefined, "iss-1")).toBe("");
  expect(ownersIn([{ key: ownerTag("iss-1"), value: "ana" }, { key: ownerTag("iss-2"), value: "ana" }, { key: "team", value: "x" }])).toEqual(["ana"]);
});

test("severities sort by rank, and those without one come last", () => {
  const ranks = ISSUE_SEVERITIES.map((severity) => severityRank({ severity })!);
  expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
  expect(severityRank({})).toBeNull();
});

test("words and filters", () => {
  expect(ISSUE_STATUSES.map(issueWord)).toEqual(["Pending", "Resolved", "Rejected"]);
  expect(issueWord("not_an_issue")).toBe("Not an issue");
  expect(issueFilter("iss-1")).toBe("issue.id = 'iss-1'");
});
