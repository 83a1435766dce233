import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AssessmentRow } from "../types";
import { choicesOf, inOrder, inputText, type LabelInput, type LabelSchema } from "./labelSchema";
import { formOf, inputOf, NEW_SCHEMA, problemsOf } from "./labelSchemaForm";
import { agreementOf, isDisagreement } from "./reviewAgreement";
import { changesOf, choiceOfKey, isAnswered, NO_ANSWER, problemOf, storedAnswers, withChoice, type Answer } from "./reviewAnswers";
import { countedProgress, nextOpen, progressOf, questionsOf, reviewersIn, type ReviewItem, type ReviewQueue } from "./reviewQueue";

const schema = (name: string, input: LabelInput, more: Partial<LabelSchema> = {}): LabelSchema => ({
  schema_id: `ls-${name}`, experiment_id: "1", name, type: "FEEDBACK", enable_comment: true, input, created_at: 1, last_updated_at: 1, is_default: false, ...more,
});
const PASS = schema("ok", { pass_fail: { positive_label: "Pass", negative_label: "Fail" } });
const TONE = schema("tone", { categorical: { options: ["kind", "neutral", "rude"], multi_select: false } });
const FAULTS = schema("faults", { categorical: { options: ["slow", "wrong", "long"], multi_select: true } });
const STARS = schema("stars", { numeric: { min_value: 1, max_value: 5 } });
const SHARE = schema("share", { numeric: { min_value: 0, max_value: 1000 } });
const NOTE = schema("note", { text: { max_length: 10 } });

let nextId = 0;
const row = (name: string, value: unknown, source_id = "ana", more: Partial<AssessmentRow> = {}): AssessmentRow => ({
  assessment_id: `a-${nextId++}`, name, kind: "feedback", value, rationale: null, error: null, verdict: null, polarity: null,
  source_type: "HUMAN", source_id, span_id: null, create_time_ms: 1, update_time_ms: 1, ...more,
});
const answer = (value: Answer["value"], comment = ""): Answer => ({ value, comment });

describe("label schemas", () => {
  test("answers are offered with a key each; long scales are typed", () => {
    expect(choicesOf(PASS.input).map(({ label, key }) => `${key} ${label}`)).toEqual(["y Pass", "n Fail"]);
    expect(choicesOf(TONE.input).map(({ label, key }) => `${key} ${label}`)).toEqual(["1 kind", "2 neutral", "3 rude"]);
    expect(choicesOf(STARS.input).map(({ key }) => key)).toEqual(["1", "2", "3", "4", "5"]);
    expect(choicesOf({ numeric: { min_value: 1, max_value: 10 } }).map(({ key }) => key).slice(-2)).toEqual(["9", null]);
    expect(choicesOf(SHARE.input)).toEqual([]);
    expect(choicesOf({ numeric: { min_value: 0.5, max_value: 2 } })).toEqual([]);
    expect(choicesOf(NOTE.input)).toEqual([]);
  });

  test("the answer is described in words", () => {
    expect([PASS, FAULTS, STARS, NOTE].map(({ input }) => inputText(input))).toEqual(["Pass / Fail", "Any of: slow, wrong, long", "Number from 1 to 5", "Text of up to 10 characters"]);
    expect(inputText({ numeric: { min_value: 0 } })).toBe("Number, at least 0");
    expect(inputText({ text: {} })).toBe("Text");
  });

  test("questions come in the order in which they were made, the default one last", () => {
    const ordered = inOrder([schema("Feedback", NOTE.input, { is_default: true, created_at: 0 }), { ...TONE, created_at: 3 }, { ...PASS, created_at: 2 }]);
    expect(ordered.map(({ name }) => name)).toEqual(["ok", "tone", "Feedback"]);
  });

  test("a schema shown in the form and saved again is the same", () => {
    for (const one of [PASS, TONE, FAULTS, STARS, NOTE, schema("any number", { numeric: {} }), schema("any text", { text: {} })]) {
      expect(problemsOf(formOf(one))).toEqual({});
      expect(inputOf(formOf(one))).toEqual(one.input);
    }
  });

  test("the form says what is wrong before the server does", () => {
    const problems = (patch: Partial<typeof NEW_SCHEMA>) => Object.keys(problemsOf({ ...NEW_SCHEMA, name: "q", ...patch }));
    expect(problems({ name: " " })).toEqual(["name"]);
    expect(problems({ name: "feedback" })).toEqual(["name"]);
    expect(problems({ positive: "same", negative: " same" })).toEqual(["negative"]);
    expect(problems({ kind: "one", options: "\n \n" })).toEqual(["options"]);
    expect(problems({ kind: "one", options: Array.from({ length: 11 }, (_, at) => at).join("\n") })).toEqual(["options"]);
    expect(problems({ kind: "number", min: "5", max: "5" })).toEqual(["max"]);
    expect(problems({ kind: "number", min: "one" })).toEqual(["min"]);
    expect(problems({ kind: "text", length: "1.5" })).toEqual(["length"]);
    expect(problems({ kind: "text", length: "" })).toEqual([]);
  });
});

describe("queues", () => {
  const queue: ReviewQueue = { queue_id: "rq", experiment_id: "1", name: "q", queue_type: "CUSTOM", creation_time_ms: 1, last_update_time_ms: 1, schema_ids: ["ls-tone", "ls-gone"] };
  const item = (item_id: string, status: ReviewItem["status"] = "PENDING", completed_by?: string): ReviewItem => ({ queue_id: "rq", item_id, status, completed_by, creation_time_ms: 1 });

  test("a queue asks its own questions, that of a user all; deleted ones are left out", () => {
    expect(questionsOf(queue, [PASS, TONE]).map(({ name }) => name)).toEqual(["tone"]);
    expect(questionsOf({ ...queue, queue_type: "USER" }, [PASS, TONE]).map(({ name }) => name)).toEqual(["ok", "tone"]);
  });

  test("names of reviewers are split at commas and compared without case", () => {
    expect(reviewersIn(" Ana, ben,\nANA ;cy d,")).toEqual(["ana", "ben", "cy d"]);
  });

  test("progress counts items by status and by who settled them", () => {
    const progress = progressOf([item("1", "COMPLETE", "ana"), item("2", "DECLINED", "ben"), item("3", "COMPLETE", "ben"), item("4")]);
    expect(progress).toEqual({ all: 4, complete: 2, declined: 1, open: 1, byUser: [["ben", 2], ["ana", 1]] });
    expect(countedProgress({ queue_id: "rq", pending: 1, complete: 2, declined: 1, by_reviewer: { ana: 1, ben: 2 } })).toEqual(progress);
    expect(countedProgress(undefined)).toEqual(progressOf([]));
  });

  test("the next open item comes after the current one, around the end; skipped ones come last, in the order of skipping", () => {
    const open = (ids: string) => (id: string) => ids.includes(id);
    expect(nextOpen([..."abcd"], "b", open("abcd"), [])).toBe("c");
    expect(nextOpen([..."abcd"], "d", open("abcd"), [])).toBe("a");
    expect(nextOpen([..."abcd"], null, open("bd"), [])).toBe("b");
    expect(nextOpen([..."abcd"], "a", open("abcd"), ["b", "c"])).toBe("d");
    expect(nextOpen([..."abcd"], "d", open("bc"), ["c", "b"])).toBe("c");
    expect(nextOpen([..."abcd"], "b", open("b"), ["b"])).toBeNull();
  });

  test("going from one open item to the next reaches each once, whatever is skipped", () => {
    fc.assert(fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 12 }), fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (numbers, skips) => {
      const ids = numbers.map(String);
      const settled: string[] = [];
      const skipped: string[] = [];
      let current = nextOpen(ids, null, () => true, []);
      for (let step = 0; current !== null; step++) {
        expect(step).toBeLessThan(60);
        if (skips[step % 40] && step < 20 && !skipped.includes(current)) skipped.push(current);
        else settled.push(current);
        const here: string = current;
        current = nextOpen(ids, here, (id) => !settled.includes(id), skipped) ?? (settled.includes(here) ? null : here);
      }
      expect(settled.toSorted()).toEqual(ids.toSorted());
    }));
  });
});

describe("answers", () => {
  test("keys choose an option of the question, and nothing else", () => {
    expect([choiceOfKey(PASS, "y"), choiceOfKey(PASS, "n"), choiceOfKey(PASS, "1"), choiceOfKey(PASS, "2"), choiceOfKey(PASS, "3")]).toEqual([true, false, true, false, null]);
    expect([choiceOfKey(TONE, "3"), choiceOfKey(TONE, "4"), choiceOfKey(TONE, "y")]).toEqual(["rude", null, null]);
    expect([choiceOfKey(STARS, "5"), choiceOfKey(STARS, "0"), choiceOfKey(SHARE, "5")]).toEqual([5, null, null]);
  });

  test("pressing the chosen option again clears it; several are kept in the order of the options", () => {
    const once = withChoice(TONE, NO_ANSWER, "kind");
    expect(once.value).toBe("kind");
    expect(withChoice(TONE, once, "kind").value).toBeNull();
    const both = withChoice(FAULTS, withChoice(FAULTS, NO_ANSWER, "long"), "slow");
    expect(both.value).toEqual(["slow", "long"]);
    expect(isAnswered(withChoice(FAULTS, withChoice(FAULTS, both, "slow"), "long"))).toBe(false);
    expect(withChoice(PASS, answer(true, "why"), false)).toEqual(answer(false, "why"));
  });

  test("an answer that the question does not allow is not saved", () => {
    expect(problemOf(STARS, answer("3"))).toBeNull();
    expect(problemOf(STARS, answer("6"))).toBe("At most 5.");
    expect(problemOf(STARS, answer("three"))).toBe("This is not a number.");
    expect(problemOf(NOTE, answer("👍👍👍👍👍👍👍👍👍👍"))).toBeNull();
    expect(problemOf(NOTE, answer("eleven char"))).toBe("At most 10 characters.");
    expect(problemOf(PASS, answer(null, "but why"))).toBe("A comment needs an answer.");
    expect(problemOf(PASS, NO_ANSWER)).toBeNull();
  });

  test("the stored answers are the newest of this person, of the whole trace, and of the right kind", () => {
    const rows = [
      row("ok", true, "Ana", { update_time_ms: 1 }), row("ok", false, "ana", { update_time_ms: 2, rationale: "wrong" }), row("ok", true, "ben"),
      row("tone", "kind", "ana", { span_id: "s1" }), row("tone", "rude", "ana", { source_type: "LLM_JUDGE" }), row("note", "x", "ana", { kind: "expectation" }),
    ];
    const stored = storedAnswers(rows, [PASS, TONE, NOTE], "ANA");
    expect(Object.keys(stored)).toEqual(["ok"]);
    expect(stored.ok).toMatchObject({ value: false, comment: "wrong" });
  });

  test("only what differs from the stored answers is saved", () => {
    const stored = storedAnswers([row("ok", true), row("faults", ["long", "slow"]), row("stars", 4)], [PASS, FAULTS, STARS], "ana");
    expect(changesOf([PASS, FAULTS, STARS], stored, {})).toEqual([]);
    expect(changesOf([PASS, FAULTS, STARS], stored, { ok: answer(true), faults: answer(["slow", "long"]), stars: answer("4") })).toEqual([]);
    const changes = changesOf([PASS, FAULTS, STARS, NOTE], stored, { ok: answer(true, " now with a comment "), faults: answer([]), stars: answer("5"), note: answer("  new ") });
    expect(changes.map(({ schema, answer, before }) => [schema.name, answer, before?.value ?? null])).toEqual([
      ["ok", answer(true, "now with a comment"), true], ["faults", null, ["long", "slow"]], ["stars", answer(5), 4], ["note", answer("new"), null],
    ]);
  });
});

describe("agreement of reviewers", () => {
  const trace = (trace_id: string, ...assessments: AssessmentRow[]) => ({ trace_id, assessments });

  test("two reviewers are compared by κ on the traces that both answered", () => {
    const agreement = agreementOf(PASS, [
      trace("1", row("ok", true, "ana"), row("ok", true, "Ben")), trace("2", row("ok", false, "ana"), row("ok", false, "ben")),
      trace("3", row("ok", true, "ana"), row("ok", false, "ben")), trace("4", row("ok", true, "ana")), trace("5", row("ok", true, "judge", { source_type: "LLM_JUDGE" })),
    ]);
    expect(agreement).toMatchObject({ reviewers: ["ana", "ben"], same: 2, measure: "Cohen’s κ" });
    expect(agreement.items.filter(isDisagreement).map(({ traceId }) => traceId)).toEqual(["3"]);
    expect(agreement.value).toBeCloseTo(0.4, 9);
  });

  test("more reviewers are compared by α; numbers by their distance; text is not measured", () => {
    const three = [trace("1", row("ok", true, "ana"), row("ok", true, "ben"), row("ok", false, "cy")), trace("2", row("ok", false, "ana"), row("ok", false, "cy"))];
    expect(agreementOf(PASS, three)).toMatchObject({ measure: "Krippendorff’s α", reviewers: ["ana", "ben", "cy"], same: 1 });
    const numbers = [trace("1", row("stars", 1, "ana"), row("stars", 1, "ben")), trace("2", row("stars", 5, "ana"), row("stars", 4, "ben"))];
    const stars = agreementOf(STARS, numbers);
    expect(stars.measure).toBe("Krippendorff’s α");
    expect(stars.value).toBeGreaterThan(0.8);
    expect(agreementOf(NOTE, [trace("1", row("note", "a", "ana"), row("note", "b", "ben"))])).toMatchObject({ measure: null, value: null, same: 0 });
  });

  test("several options are the same answer in any order", () => {
    expect(agreementOf(FAULTS, [trace("1", row("faults", ["slow", "long"], "ana"), row("faults", ["long", "slow"], "ben"))]).same).toBe(1);
  });

  test("a person who answered twice counts once, with the newest answer", () => {
    const agreement = agreementOf(PASS, [trace("1", row("ok", true, "ana", { update_time_ms: 5 }), row("ok", false, "ana", { update_time_ms: 2 }), row("ok", true, "ben"))]);
    expect(agreement).toMatchObject({ reviewers: ["ana", "ben"], same: 1 });
  });
});
