import { Plus } from "lucide-react";
import { useState } from "react";
import { conditions, replaceCondition, withCondition } from "../../core/filter/edit";
import { useFields, type TraceScope } from "../../net/traces";
import { Button } from "../../ui/Button";
import { Condition, NewCondition } from "./Condition";

/** The filter as a form: a chip for each condition. Conditions that do not fit the form stay text. */
export function FilterForm({ scope, onChange }: { scope: TraceScope; onChange: (q: string) => void }) {
  const [adding, setAdding] = useState(false);
  const fields = useFields(scope.experiment).data?.fields ?? [];
  const { q } = scope;
  return (
    <div className="filter-form" role="group" aria-label="Conditions">
      {conditions(q).map((condition, at) => (
        <Condition
          key={`${at} ${condition.text}`}
          condition={condition}
          fields={fields}
          scope={{ ...scope, q: replaceCondition(q, at, null) }}
          onChange={(text) => onChange(replaceCondition(q, at, text))}
        />
      ))}
      {adding ? (
        <NewCondition fields={fields} scope={scope} onDone={(text) => { setAdding(false); if (text) onChange(withCondition(q, text)); }} />
      ) : (
        <Button small onClick={() => setAdding(true)}><Plus aria-hidden />Condition</Button>
      )}
    </div>
  );
}
