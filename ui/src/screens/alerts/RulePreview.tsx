import { useNavigate } from "@tanstack/react-router";
import { useId, useMemo, useState } from "react";
import { previewChart, previewText } from "../../core/alert/alertPreview";
import { lastedText, signalText, signalValueText, unitOf } from "../../core/alert/alertText";
import type { AlertSettings } from "../../core/types";
import { useAlertPreview } from "../../net/alerts";
import { Chart } from "../../ui/chart/Chart";
import { Time } from "../../ui/Time";
import { useNow } from "../../ui/useNow";

const DAYS = [1, 7, 30];
const ALERTS_SHOWN = 5;

/** The values of the last days with the threshold, and when the rule would have fired. */
export function RulePreview({ e, settings }: { e: string; settings: AlertSettings | null }) {
  const [days, setDays] = useState(7);
  const id = useId();
  const now = useNow();
  const navigate = useNavigate();
  const { data, error, isFetching } = useAlertPreview(e, settings?.signal.type === "scorer_lag" ? null : settings, days);
  const chart = useMemo(() => (data && settings ? previewChart(data, settings) : null), [data, settings]);
  const zoom = (from: number, to: number) => void navigate({ to: "/e/$e/traces", params: { e }, search: { q: settings?.filter || undefined, from: String(from), to: String(to) } as never });
  return (
    <section className="stack alert-preview" aria-labelledby={id} aria-busy={isFetching}>
      {isFetching && data && <div className="progress-line" />}
      <div className="row wrap">
        <h2 id={id} className="grow">Preview</h2>
        <label className="row">
          Last
          <select className="select" value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {DAYS.map((count) => <option key={count} value={count}>{count === 1 ? "day" : `${count} days`}</option>)}
          </select>
        </label>
      </div>
      {settings === null ? <p className="muted">Complete the rule to see when it would have fired.</p>
        : settings.signal.type === "scorer_lag" ? <p className="muted">The lag of scorers is not kept, so there is no preview. It is measured every minute.</p>
        : error ? <p className="error-text" role="alert">{error.message}</p>
        : !data || !chart ? <p className="muted" role="status">Reading the traces of the last days…</p>
        : (
          <>
            <p role="status">{previewText(data, days)}</p>
            <Chart
              title={signalText(settings.signal)} unit={unitOf(settings.signal)} kind="steps" data={chart} overall={[null, null, null]} height={200} syncKey="alert preview" onZoom={zoom}
              experiment={e} targetOf={(at) => ({ q: settings.filter ?? "", range: { from: String(chart.startMs[at]! + chart.bucketMs - settings.window_s * 1000), to: String(chart.startMs[at]! + chart.bucketMs) } })}
            />
            {0 < data.alerts.length && (
              <ul className="alert-would">
                {data.alerts.slice(-ALERTS_SHOWN).toReversed().map((alert) => (
                  <li key={alert.start_ms}>
                    <Time ms={alert.start_ms} absolute /> for {lastedText(alert, now)}, at worst {signalValueText(settings.signal, alert.peak)}
                  </li>
                ))}
              </ul>
            )}
            {!data.complete && <p className="meta">There are very many traces: older values are computed from a part of them.</p>}
          </>
        )}
    </section>
  );
}
