import { Check, X } from "lucide-react";
import { useId, useState, type FormEvent } from "react";
import type { Clause, Node } from "../../core/filter/parse";
import { printClause } from "../../core/filter/print";
import { useFacets, type TraceScope } from "../../net/traces";
import type { FilterField } from "../../core/types";
import { IconButton } from "../../ui/Button";
import { useDebounced } from "../../ui/useDebounced";

const COMPARATORS = ["=", "!=", ">", ">=", "<", "<=", "LIKE", "ILIKE", "RLIKE", "CONTAINS", "IS NULL", "IS NOT NULL"];
const STATUSES = ["OK", "ERROR", "IN_PROGRESS"];

/** One condition: field, comparator and value, or its text if it is more complex. */
export function Condition({ condition, fields, scope, onChange }: {
  condition: { text: string; node: Node | undefined };
  fields: FilterField[];
  scope: TraceScope;
  onChange: (text: string | null) => void;
}) {
  const { node } = condition;
  const simple = node?.kind === "clause" && !Array.isArray(node.value) ? node : null;
  const words = node?.kind === "text" ? node.value : null;
  return (
    <span className="condition">
      {simple
        ? <ClauseForm clause={simple} fields={fields} scope={scope} onChange={onChange} />
        : <span className="mono condition-text" title={condition.text}>{words === null ? condition.text : `text contains “${words}”`}</span>}
      <IconButton small look="plain" label={`Remove ${condition.text}`} icon={<X aria-hidden />} onClick={() => onChange(null)} />
    </span>
  );
}

/** Form for a new condition. */
export function NewCondition({ fields, scope, onDone }: { fields: FilterField[]; scope: TraceScope; onDone: (text: string | null) => void }) {
  const empty: Clause = { kind: "clause", field: fields[0]?.field ?? "status", comparator: "=", value: "", bare: false, from: 0, to: 0 };
  return (
    <span className="condition" onKeyDown={(event) => { if (event.key === "Escape") onDone(null); }}>
      <ClauseForm clause={empty} fields={fields} scope={scope} onChange={onDone} fresh />
      <IconButton small look="plain" label="Cancel" icon={<X aria-hidden />} onClick={() => onDone(null)} />
    </span>
  );
}

function ClauseForm({ clause, fields, scope, onChange, fresh = false }: {
  clause: Clause;
  fields: FilterField[];
  scope: TraceScope;
  onChange: (text: string | null) => void;
  fresh?: boolean;
}) {
  const id = useId();
  const [field, setField] = useState(clause.field);
  const [comparator, setComparator] = useState(clause.comparator);
  const [value, setValue] = useState(clause.value === null ? "" : String(clause.value));
  const [wantsValues, setWantsValues] = useState(false);
  const known = fields.find((one) => one.field === field);
  const lone = /^IS /.test(comparator);
  const isClosed = known?.kind === "choice" && /^!?=$/.test(comparator);
  const facets = useFacets(scope, field, useDebounced(isClosed ? "" : value, 150), (wantsValues || isClosed) && !lone);
  const found = facets.data?.values.map((one) => one.value) ?? [];
  // Offers every status, even if no trace has it now.
  const offered = isClosed ? [...new Set([...(field === "status" ? STATUSES : []), ...found, ...(value ? [value] : [])])] : found;
  const bare = known ? known.kind === "number" || known.kind === "time" : clause.bare && field === clause.field;
  const written = printClause({ field, comparator, value: lone ? null : value, bare: bare || /^[<>]/.test(comparator) });
  const changed = fresh || written !== printClause(clause);
  const offeredComparators = (known?.comparators ?? COMPARATORS).filter((one) => !one.endsWith("IN"));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (lone || value !== "") onChange(written);
  };
  return (
    <form className="row condition-form" onSubmit={submit}>
      <select className="select" aria-label="Field" autoFocus={fresh} value={field} onChange={(event) => { setField(event.target.value); setValue(""); }}>
        {!known && <option value={field}>{field}</option>}
        {[...new Set(fields.map((one) => one.group))].map((group) => (
          <optgroup key={group} label={group}>
            {fields.filter((one) => one.group === group).map((one) => <option key={one.field} value={one.field}>{one.field}</option>)}
          </optgroup>
        ))}
      </select>
      <select className="select" aria-label="Comparator" value={comparator} onChange={(event) => setComparator(event.target.value)}>
        {[...new Set([...offeredComparators, comparator])].map((one) => <option key={one}>{one}</option>)}
      </select>
      {!lone && isClosed && (
        <select className="select" aria-label="Value" value={value} onChange={(event) => setValue(event.target.value)}>
          {value === "" && <option value="">choose</option>}
          {offered.map((one) => <option key={one}>{one}</option>)}
        </select>
      )}
      {!lone && !isClosed && (
        <>
          <input className="input" aria-label="Value" list={`${id}values`} value={value} onFocus={() => setWantsValues(true)} onChange={(event) => setValue(event.target.value)} />
          <datalist id={`${id}values`}>{offered.map((one) => <option key={one} value={one} />)}</datalist>
        </>
      )}
      {changed && <IconButton small look="plain" type="submit" label="Apply the condition" icon={<Check aria-hidden />} />}
    </form>
  );
}
