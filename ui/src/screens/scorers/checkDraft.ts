import { type CheckForm, formOf } from "../../core/scorer/checkForm";
import type { CheckType } from "../../core/scorer/checkType";
import type { SamplingForm } from "./SamplingFields";

/** A check that is not created yet. What was typed for one type stays while another is shown. */
export interface NewCheckDraft {
  /** `null` until a name is typed: a free one is offered. */
  name: string | null;
  /** By type. */
  forms: Record<string, CheckForm>;
  isStarted: boolean;
  sampling: SamplingForm;
}

export const EMPTY_CHECK: NewCheckDraft = { name: null, forms: {}, isStarted: true, sampling: { rate: "100", filter: "" } };

export function formOfType(draft: NewCheckDraft, type: CheckType): CheckForm {
  return Object.hasOwn(draft.forms, type.name) ? draft.forms[type.name]! : formOf(type);
}
