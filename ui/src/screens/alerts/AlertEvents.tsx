import { endText, lastedText, signalValueText } from "../../core/alert/alertText";
import { visible } from "../../core/text";
import type { Alert, AlertRule } from "../../core/types";
import { useAlertEvents } from "../../net/alerts";
import { TracesLink } from "../../ui/address/TracesLink";
import { Button } from "../../ui/Button";
import { ErrorState, LoadingRows } from "../../ui/State";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { Time } from "../../ui/Time";
import { useNow } from "../../ui/useNow";

/** The alerts of all rules or of one, the newest first, each with a link to its traces. */
export function AlertEvents({ e, rule, onAll }: { e: string; rule: AlertRule | null; onAll: () => void }) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useAlertEvents(e, rule?.rule_id ?? null);
  const now = useNow();
  const alerts = data?.pages.flatMap((page) => page.alerts);
  const columns: TableColumn<Alert>[] = [
    { id: "start", title: "Began", className: "nowrap", rowHeader: true, cell: ({ start_ms }) => <Time ms={start_ms} absolute /> },
    { id: "rule", title: "Rule", className: "alert-name", cell: ({ settings }) => visible(settings.name) },
    { id: "lasted", title: "Lasted", number: true, cell: (alert) => lastedText(alert, now) },
    { id: "end", title: "End", className: "medium-only nowrap", cell: (alert) => <span className={alert.end_ms === null ? "error-text" : "meta"}>{endText(alert)}</span> },
    { id: "peak", title: "Worst", number: true, cell: ({ settings, peak }) => signalValueText(settings.signal, peak) },
    { id: "told", title: "Told", className: "wide-only", cell: ({ notified }) => <span className={notified ? "" : "muted"} title={notified ? undefined : "The rule was muted"}>{notified ? "yes" : "no"}</span> },
    {
      id: "traces", title: "Traces", number: true,
      cell: ({ traces_link: link, traces }) => (link ? <TracesLink experiment={link.experiment} target={{ q: link.filter, range: { from: String(link.from_ms), to: String(link.to_ms) } }}>Show</TracesLink> : <span className="muted">{traces}</span>),
    },
  ];
  return (
    <section className="stack" aria-labelledby="alert-events">
      <div className="row wrap">
        <h2 id="alert-events">{rule ? `Alerts of ${visible(rule.settings.name)}` : "Alerts so far"}</h2>
        {rule && <Button small onClick={onAll}>Show those of all rules</Button>}
      </div>
      {error && !alerts ? <ErrorState error={error} doing="list the alerts" onRetry={() => void refetch()} />
        : !alerts ? <LoadingRows rows={3} />
        : alerts.length === 0 ? <p className="muted">No rule has fired yet.</p>
        : <DataTable labelledBy="alert-events" columns={columns} rows={alerts} rowKey={({ alert_id }) => alert_id} sort="" onSort={() => undefined} isSorted />}
      {hasNextPage && <div><Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>{isFetchingNextPage ? "Loading…" : "Show older alerts"}</Button></div>}
    </section>
  );
}
