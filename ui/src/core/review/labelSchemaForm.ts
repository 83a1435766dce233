// What a person types into the form of a label schema, and the schema that comes of it.
import { inputKind, type InputKind, type LabelInput, type LabelSchema, type LabelType } from "./labelSchema";

export interface LabelSchemaForm {
  name: string;
  type: LabelType;
  kind: InputKind;
  instruction: string;
  comment: boolean;
  positive: string;
  negative: string;
  /** One option per line. */
  options: string;
  min: string;
  max: string;
  length: string;
}

/** MLflow's limits. */
export const NAME_LENGTH_MAX = 250;
export const INSTRUCTION_LENGTH_MAX = 1000;
const OPTION_LENGTH_MAX = 64;
const OPTIONS_MAX = 10;

export const NEW_SCHEMA: LabelSchemaForm = {
  name: "", type: "FEEDBACK", kind: "pass_fail", instruction: "", comment: true, positive: "Pass", negative: "Fail", options: "", min: "", max: "", length: "",
};

export function formOf(schema: LabelSchema): LabelSchemaForm {
  const { pass_fail, categorical, numeric, text } = schema.input;
  return {
    ...NEW_SCHEMA,
    name: schema.name, type: schema.type, kind: inputKind(schema.input), instruction: schema.instruction ?? "", comment: schema.enable_comment,
    ...(pass_fail && { positive: pass_fail.positive_label, negative: pass_fail.negative_label }),
    options: categorical?.options.join("\n") ?? "",
    min: textOf(numeric?.min_value), max: textOf(numeric?.max_value), length: textOf(text?.max_length),
  };
}

function textOf(number: number | undefined): string {
  return number === undefined ? "" : String(number);
}

export function optionsOf({ options }: LabelSchemaForm): string[] {
  return [...new Set(options.split("\n").map((option) => option.trim()).filter(Boolean))];
}

/** `undefined` for an empty text, `NaN` for a text that is no number. */
function numberOf(text: string): number | undefined {
  return text.trim() === "" ? undefined : Number(text);
}

/** What has to be corrected before the form can be saved, by field. */
export function problemsOf(form: LabelSchemaForm): Partial<Record<keyof LabelSchemaForm, string>> {
  const problems: Partial<Record<keyof LabelSchemaForm, string>> = {};
  if (!form.name.trim()) problems.name = "A name is required.";
  else if (form.name.trim().toLowerCase() === "feedback") problems.name = "“Feedback” is the name of the default question.";
  switch (form.kind) {
    case "pass_fail":
      for (const side of ["positive", "negative"] as const) {
        if (!form[side].trim()) problems[side] = "A label is required.";
        else if (OPTION_LENGTH_MAX < form[side].trim().length) problems[side] = `At most ${OPTION_LENGTH_MAX} characters.`;
      }
      if (form.positive.trim() === form.negative.trim()) problems.negative ??= "The two labels must differ.";
      break;
    case "one":
    case "several": {
      const options = optionsOf(form);
      if (options.length === 0) problems.options = "At least one option is required.";
      else if (OPTIONS_MAX < options.length) problems.options = `At most ${OPTIONS_MAX} options, not ${options.length}.`;
      else if (options.some((option) => OPTION_LENGTH_MAX < option.length)) problems.options = `An option has at most ${OPTION_LENGTH_MAX} characters.`;
      break;
    }
    case "number": {
      const [min, max] = [numberOf(form.min), numberOf(form.max)];
      if (min !== undefined && !Number.isFinite(min)) problems.min = "This is not a number.";
      if (max !== undefined && !Number.isFinite(max)) problems.max = "This is not a number.";
      else if (min !== undefined && max !== undefined && max <= min) problems.max = "The largest number must be above the smallest.";
      break;
    }
    case "text": {
      const length = numberOf(form.length);
      if (length !== undefined && !(Number.isInteger(length) && 1 <= length)) problems.length = "A whole number from 1.";
    }
  }
  return problems;
}

/** The input of the schema; `problemsOf` has found nothing wrong. */
export function inputOf(form: LabelSchemaForm): LabelInput {
  switch (form.kind) {
    case "pass_fail": return { pass_fail: { positive_label: form.positive.trim(), negative_label: form.negative.trim() } };
    case "one":
    case "several": return { categorical: { options: optionsOf(form), multi_select: form.kind === "several" } };
    case "number": return { numeric: present({ min_value: numberOf(form.min), max_value: numberOf(form.max) }) };
    case "text": return { text: present({ max_length: numberOf(form.length) }) };
  }
}

function present<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
