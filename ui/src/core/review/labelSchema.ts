// Label schemas as MLflow's routes return them: the questions that reviewers answer about traces.

export interface LabelSchema {
  schema_id: string;
  experiment_id: string;
  /** The name of the assessments that answer it. */
  name: string;
  type: LabelType;
  instruction?: string;
  enable_comment: boolean;
  input: LabelInput;
  created_at: number;
  last_updated_at: number;
  is_default: boolean;
}

export type LabelType = "FEEDBACK" | "EXPECTATION";

/** Exactly one of them. */
export interface LabelInput {
  pass_fail?: { positive_label: string; negative_label: string };
  categorical?: { options: string[]; multi_select?: boolean };
  numeric?: { min_value?: number; max_value?: number };
  text?: { max_length?: number };
}

export const INPUT_KINDS = ["pass_fail", "one", "several", "number", "text"] as const;
export type InputKind = (typeof INPUT_KINDS)[number];

export const INPUT_KIND_TEXT: Record<InputKind, string> = {
  pass_fail: "Pass or fail",
  one: "One of several options",
  several: "Any of several options",
  number: "Number",
  text: "Text",
};

export function inputKind({ pass_fail, categorical, numeric }: LabelInput): InputKind {
  if (pass_fail) return "pass_fail";
  if (categorical) return categorical.multi_select ? "several" : "one";
  return numeric ? "number" : "text";
}

/** The most numbers of a scale that are offered as buttons. */
const STEPS_MAX = 10;

/** An answer that is offered as a button. */
export interface Choice {
  value: boolean | string | number;
  label: string;
  /** The key that chooses it, if there is one. */
  key: string | null;
}

/** The answers that a question offers; none if the answer is typed. */
export function choicesOf({ pass_fail, categorical, numeric }: LabelInput): Choice[] {
  if (pass_fail) return [{ value: true, label: pass_fail.positive_label, key: "y" }, { value: false, label: pass_fail.negative_label, key: "n" }];
  if (categorical) return categorical.options.map((option, at) => ({ value: option, label: option, key: keyAt(at) }));
  const [from, to] = [numeric?.min_value, numeric?.max_value];
  if (from === undefined || to === undefined || !Number.isInteger(from) || !Number.isInteger(to) || STEPS_MAX <= to - from) return [];
  return Array.from({ length: to - from + 1 }, (_, at) => {
    const step = from + at;
    return { value: step, label: String(step), key: 0 <= step && step <= 9 ? String(step) : null };
  });
}

/** Keys `1` to `9`, then `0`. */
function keyAt(at: number): string | null {
  return at < 9 ? String(at + 1) : at === 9 ? "0" : null;
}

/** `Pass / Fail`, `low, mid or high`, `Number from 1 to 5`, `Text of up to 200 characters` */
export function inputText({ pass_fail, categorical, numeric, text }: LabelInput): string {
  if (pass_fail) return `${pass_fail.positive_label} / ${pass_fail.negative_label}`;
  if (categorical) return `${categorical.multi_select ? "Any of: " : ""}${categorical.options.join(", ")}`;
  if (numeric) {
    const { min_value: min, max_value: max } = numeric;
    if (min !== undefined && max !== undefined) return `Number from ${min} to ${max}`;
    return min !== undefined ? `Number, at least ${min}` : max !== undefined ? `Number, at most ${max}` : "Number";
  }
  return text?.max_length ? `Text of up to ${text.max_length} characters` : "Text";
}

/** The order in which questions are asked: the oldest first. */
export function inOrder(schemas: readonly LabelSchema[]): LabelSchema[] {
  return schemas.toSorted((a, b) => Number(a.is_default) - Number(b.is_default) || a.created_at - b.created_at || (a.name < b.name ? -1 : 1));
}
