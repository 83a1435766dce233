import { useState } from "react";
import { budgetFormOf, readBudget } from "../../core/scorer/budget";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import type { ScorerBudget } from "../../core/types";
import { useSetBudget } from "../../net/scorers";
import { Field } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";

/** The budget of one judge, or of all judges of an experiment together. */
export function BudgetDialog({ e, scorer, budget, isPriceKnown, onClose }: {
  e: string;
  /** The name of the judge; `null` for all of them. */
  scorer: string | null;
  budget: ScorerBudget | null;
  isPriceKnown: boolean;
  onClose: () => void;
}) {
  const [initial] = useState(() => budgetFormOf(budget));
  const [form, setForm] = useState(initial);
  const [tried, setTried] = useState(false);
  const { mutate, error, isPending } = useSetBudget(e);
  const { limits, problems } = readBudget(form);
  const hasProblems = problems.calls !== undefined || problems.dollars !== undefined;
  const save = () => {
    setTried(true);
    if (hasProblems) return;
    mutate({ scorer, ...limits }, {
      onSuccess: () => {
        onClose();
        toast(limits.calls_per_day === null && limits.usd_per_day === null ? "The limit is removed" : "The budget is set");
      },
    });
  };
  return (
    <FormDialog
      title={scorer === null ? "Budget of all judges" : `Budget of ${visible(scorer)}`} action="Save" isChanged={form.calls !== initial.calls || form.dollars !== initial.dollars}
      isPending={isPending} error={error} onSave={save} onClose={onClose}
    >
      <div className="stack">
        <Field label="Calls of models a day" hint="Empty for no limit" problem={tried && problems.calls}>
          {(field) => <input {...field} className="input scorer-rate" inputMode="numeric" autoComplete="off" value={form.calls} onChange={(event) => setForm({ ...form, calls: event.target.value })} />}
        </Field>
        <Field
          label="Dollars a day" problem={tried && problems.dollars}
          hint={isPriceKnown ? "Empty for no limit" : scorer === null ? "Calls of models whose price is not known do not count" : "The price of its model is not known: set “price” of its endpoint in the settings"}
        >
          {(field) => (
            <input
              {...field} className="input scorer-rate" inputMode="decimal" autoComplete="off" disabled={!isPriceKnown && scorer !== null && form.dollars === ""}
              value={form.dollars} onChange={(event) => setForm({ ...form, dollars: event.target.value })}
            />
          )}
        </Field>
        <p className="meta">A day begins at midnight UTC. From 80 % of the budget on, less and less of what is sampled is scored; at 100 % nothing is.</p>
      </div>
    </FormDialog>
  );
}
