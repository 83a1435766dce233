// Which dataset the text in the field for a dataset stands for.
import type { EvaluationDataset } from "../../core/dataset/dataset";

export type DatasetChoice = { kind: "existing"; dataset: EvaluationDataset } | { kind: "new"; name: string };

/** Most datasets that are offered. */
const OFFERED_MAX = 8;

/** The datasets whose names contain the text, and a new one of that name if there is none. */
export function offeredChoices(datasets: readonly EvaluationDataset[], typed: string): DatasetChoice[] {
  const text = typed.trim();
  const found = datasets.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase())).toSorted((a, b) => Number(b.name === text) - Number(a.name === text));
  const isNew = text !== "" && !datasets.some(({ name }) => name === text);
  return [...found.slice(0, OFFERED_MAX).map((dataset) => ({ kind: "existing", dataset }) as const), ...(isNew ? [{ kind: "new", name: text } as const] : [])];
}

export function choiceKey(choice: DatasetChoice): string {
  return choice.kind === "existing" ? choice.dataset.dataset_id : "new";
}

export function choiceName(choice: DatasetChoice): string {
  return choice.kind === "existing" ? choice.dataset.name : choice.name;
}
