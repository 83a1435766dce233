import { useState } from "react";
import { basisText, forecastText, ratesOf, runnable, type ChosenRates } from "../../core/scorer/backfill";
import { visible } from "../../core/text";
import { rangeOf, type RangeText } from "../../core/timeRange";
import { toast } from "../../core/toastQueue";
import type { ListedScorer } from "../../core/types";
import { useCreateBackfill, useForecast, type BackfillRequest } from "../../net/backfills";
import { useFilterCheck } from "../../net/traces";
import { FilterLine } from "../../ui/filter/FilterLine";
import { FormDialog } from "../../ui/FormDialog";
import { TimeRange } from "../../ui/TimeRange";
import { useDebounced } from "../../ui/useDebounced";

const FORECAST_AFTER_MS = 400;
const RANGE: RangeText = { from: "now-7d", to: "" };

/** Lets scorers score traces that ended before: which, which share, and what it would cost. */
export function BackfillDialog({ e, scorers, chosen: first, onlyFormer: isFormerFirst = false, onClose }: {
  e: string;
  scorers: ListedScorer[];
  /** The name of the scorer that is chosen already. */
  chosen?: string;
  /** Whether only traces are chosen at first that a former version scored. */
  onlyFormer?: boolean;
  onClose: () => void;
}) {
  const [rates, setRates] = useState<ChosenRates>(() => (first === undefined ? {} : { [first]: "100" }));
  const [range, setRange] = useState(RANGE);
  const [filter, setFilter] = useState(() => scorers.find(({ name }) => name === first)?.filter ?? "");
  const [onlyFormer, setOnlyFormer] = useState(isFormerFirst);
  const [opened] = useState(() => Date.now());
  const [tried, setTried] = useState(false);
  const create = useCreateBackfill(e);
  const chosen = ratesOf(rates);
  const hasFormer = scorers.some(({ name, version }) => name in rates && 1 < version);
  const { from, to } = rangeOf(range, opened);
  const scope = { experiment: e, q: filter, from, to };
  const request: BackfillRequest | null = chosen && { scorers: chosen, filter: filter.trim(), from_ms: from, to_ms: to, only_former: onlyFormer && hasFormer };
  const settled = useDebounced(JSON.stringify(request), FORECAST_AFTER_MS);
  const check = useFilterCheck(filter);
  const isValid = request !== null && (filter.trim() === "" || check.data?.ok === true);
  const forecast = useForecast(e, isValid && settled === JSON.stringify(request) ? request : null);
  const save = () => {
    setTried(true);
    if (!isValid) return;
    create.mutate(request, { onSuccess: () => { onClose(); toast("The backfill is started"); } });
  };
  return (
    <FormDialog title="Score past traces" action="Start" wide isChanged={0 < Object.keys(rates).length && first === undefined} isPending={create.isPending} error={create.error} onSave={save} onClose={onClose}>
      <div className="stack scorer-sampling">
        <fieldset className="scorer-choices" data-invalid={tried && chosen === null}>
          <legend>Scorers, and the share of the traces that each scores</legend>
          {runnable(scorers).map(({ name }) => (
            <div key={name} className="row">
              <label className="row grow breaks">
                <input
                  type="checkbox" checked={name in rates}
                  onChange={(event) => setRates(({ [name]: _, ...others }) => (event.target.checked ? { ...others, [name]: "100" } : others))}
                />
                {visible(name)}
              </label>
              {name in rates && (
                <span className="row">
                  <input className="input scorer-rate" inputMode="decimal" autoComplete="off" aria-label={`Share for ${visible(name)} in percent`} value={rates[name]} onChange={(event) => setRates({ ...rates, [name]: event.target.value })} />
                  %
                </span>
              )}
            </div>
          ))}
          {tried && chosen === null && <span className="error-text">Choose a scorer, with a share of more than 0 and at most 100</span>}
        </fieldset>
        <div className="row wrap">
          <TimeRange value={range} onChange={setRange} label="Traces of" />
        </div>
        <div className="field">
          <span className="label">Only traces that match (optional)</span>
          <FilterLine isLive label="Filter of the past traces" scope={scope} onCommit={setFilter} />
        </div>
        {hasFormer && (
          <label className="row"><input type="checkbox" checked={onlyFormer} onChange={(event) => setOnlyFormer(event.target.checked)} /> Only traces that a former version scored; its feedback is replaced</label>
        )}
        <div role="status" className="stack" aria-busy={forecast.isFetching}>
          {forecast.error ? <p className="error-text">{visible(forecast.error.message)}</p>
            : isValid && forecast.data ? (
              <>
                <p><b>{forecastText(forecast.data)}</b></p>
                {forecast.data.scorers.map((one) => {
                  const basis = basisText(one);
                  return basis === null ? null : <p key={one.scorer} className="meta breaks">{visible(one.scorer)}: {basis}</p>;
                })}
              </>
            ) : <p className="meta">{isValid ? "Counting the traces…" : "Choose scorers to see what they would cost."}</p>}
          <p className="meta">Traces that the present version scored are left out. Live traces go first, and budgets hold.</p>
        </div>
      </div>
    </FormDialog>
  );
}
