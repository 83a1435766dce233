import { Link } from "@tanstack/react-router";
import { ingestChecks, type Check } from "../../core/ingestChecks";
import { bytes, exact } from "../../core/format";
import { visible } from "../../core/text";
import { useExperiments } from "../../net/experiments";
import { useHealth, useLedger } from "../../net/ingest";
import { Property, PropertyList } from "../../ui/PropertyList";
import { ErrorState, LoadingRows } from "../../ui/State";
import { useNow } from "../../ui/useNow";
import { SendLines } from "../../ui/firstTrace/SendLines";
import { Rejections } from "./Rejections";
import { Senders } from "./Senders";

const EXPERIMENTS_EVERY_MS = 5000;

/** The ingest ledger, and checks that explain missing traces. */
export function Ingest() {
  const ledger = useLedger();
  const health = useHealth();
  const experiments = useExperiments({ refetchEveryMs: () => EXPERIMENTS_EVERY_MS });
  const now = useNow();
  const failed = ledger.error ?? experiments.error;
  if (failed && !(ledger.data && experiments.data)) {
    return <ErrorState error={failed} doing="load the ingest ledger" onRetry={() => { void ledger.refetch(); void experiments.refetch(); }} />;
  }
  if (!ledger.data || !experiments.data) return <LoadingRows />;
  const { totals, sources, rejections } = ledger.data;
  const healthText = health.error ? "no response" : (health.data ?? "OK");
  const checks = ingestChecks({ ledger: ledger.data, experiments: experiments.data.experiments, health: healthText }, Math.max(now, ledger.dataUpdatedAt));
  return (
    <div className="stack">
      <h2>Why do I see no traces?</h2>
      <ul className="checks" aria-live="polite">{checks.map((check) => <CheckLine key={check.what} check={check} />)}</ul>
      <PropertyList>
        <Property name="Spans received">{exact(totals.received)}</Property>
        <Property name="Stored">{exact(totals.stored)}</Property>
        <Property name="Duplicates">{exact(totals.duplicate)}</Property>
        <Property name="Rejected" look={totals.rejected > 0 && "error"}>{exact(totals.rejected)}</Property>
        <Property name="Rejected requests" look={totals.rejected_requests > 0 && "error"}>{exact(totals.rejected_requests)}</Property>
        <Property name="Log records">{exact(totals.log_records)}</Property>
        <Property name="Bytes">{bytes(totals.bytes)}</Property>
      </PropertyList>
      <h2>Senders</h2>
      <Senders sources={sources} />
      <h2>Rejections</h2>
      <Rejections rejections={rejections} />
      <h2>How to send traces</h2>
      <SendLines experiment={null} />
    </div>
  );
}

const SIGNS = { ok: { sign: "✓", look: "ok-text", word: "fine" }, look: { sign: "▲", look: "warn-text", word: "to check" }, bad: { sign: "✕", look: "error-text", word: "wrong" } };

function CheckLine({ check }: { check: Check }) {
  const { sign, look, word } = SIGNS[check.state];
  return (
    <li>
      <span className={`check-sign ${look}`} role="img" aria-label={word}>{sign}</span>
      <span className="grow">
        {visible(check.what)}.{" "}
        {check.experiment_id && <Link to="/e/$e/traces" params={{ e: check.experiment_id }}>Open</Link>}
        {check.advice && <span className="meta check-advice">{visible(check.advice)}</span>}
      </span>
    </li>
  );
}
