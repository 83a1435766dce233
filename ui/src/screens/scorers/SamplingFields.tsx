import { useState } from "react";
import { exact, percent } from "../../core/format";
import { rateOf } from "../../core/scorer/scorerText";
import { useFilterCheck, useSummary } from "../../net/traces";
import { Field } from "../../ui/Field";
import { FilterLine } from "../../ui/filter/FilterLine";
import { useDebounced } from "../../ui/useDebounced";

export interface SamplingForm {
  /** In percent, as typed. */
  rate: string;
  filter: string;
}

const DAY_MS = 86_400_000;
const COUNT_AFTER_MS = 350;

/** The share of traces that a scorer scores, and their filter, with the number of traces that matched it in the last day. */
export function SamplingFields({ experiment, form, tried, onChange }: {
  experiment: string;
  form: SamplingForm;
  /** Somebody tried to save the form. */
  tried: boolean;
  onChange: (patch: Partial<SamplingForm>) => void;
}) {
  const [from] = useState(() => Date.now() - DAY_MS);
  const scope = { experiment, q: form.filter, from, to: null };
  const settled = useDebounced(form.filter, COUNT_AFTER_MS);
  const check = useFilterCheck(settled);
  const isValid = settled === form.filter && (settled.trim() === "" || check.data?.ok === true);
  const summary = useSummary({ ...scope, q: settled.trim() }, { buckets: 1, enabled: isValid });
  const rate = rateOf(form.rate);
  return (
    <>
      <Field label="Share of new traces" hint="In percent. Scorers with the same filter choose the same traces." problem={rate === null && (tried || form.rate !== "") && "Enter a number from 0 to 100"}>
        {(field) => (
          <span className="row">
            <input {...field} className="input scorer-rate" inputMode="decimal" autoComplete="off" value={form.rate} onChange={(event) => onChange({ rate: event.target.value })} />
            %
          </span>
        )}
      </Field>
      <div className="field">
        <span className="label">Only traces that match (optional)</span>
        <FilterLine isLive label="Filter of the scored traces" scope={scope} onCommit={(filter) => onChange({ filter })} />
      </div>
      <p className="meta" role="status">
        {isValid && summary.data && !summary.isPlaceholderData ? countText(summary.data.traces, summary.data.complete, rate, form.filter.trim() !== "") : "\u00a0"}
      </p>
    </>
  );
}

function countText(traces: number, isComplete: boolean, rate: number | null, isFiltered: boolean): string {
  const matching = `${isComplete ? "" : "At least "}${exact(traces)} ${traces === 1 ? "trace" : "traces"} of the last 24 hours${isFiltered ? (traces === 1 ? " matches" : " match") : ""}`;
  return rate === null || traces === 0 || rate === 1 ? `${matching}.` : `${matching}; ${percent(rate)} of them are about ${exact(Math.round(traces * rate))}.`;
}
