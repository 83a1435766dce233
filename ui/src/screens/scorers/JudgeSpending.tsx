import { budgetText, usageText } from "../../core/scorer/budget";
import type { ScorerList } from "../../core/types";
import { Button } from "../../ui/Button";

/** What all judges of an experiment used today, and their common budget. */
export function JudgeSpending({ list, onBudget }: { list: ScorerList; onBudget: () => void }) {
  if (list.budget === null && list.scorers.every(({ kind }) => kind !== "judge")) return null;
  const isUsedUp = list.budget !== null && 1 <= list.budget.used;
  return (
    <p className="row wrap">
      <span>All judges today: {usageText(list.usage_today)}</span>
      <span className={isUsedUp ? "warn-text" : "muted"}>{budgetText(list.budget)}</span>
      <Button small onClick={onBudget}>Budget…</Button>
    </p>
  );
}
