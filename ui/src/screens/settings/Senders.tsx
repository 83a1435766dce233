import { exact } from "../../core/format";
import type { Ledger } from "../../core/ingestChecks";
import { visible } from "../../core/text";
import { Time } from "../../ui/Time";

/** Senders and their counts, the latest first. */
export function Senders({ sources }: { sources: Ledger["sources"] }) {
  if (sources.length === 0) return <p className="muted">None yet.</p>;
  const sorted = sources.toSorted((a, b) => Date.parse(b.last_seen) - Date.parse(a.last_seen));
  const withTokens = sources.some(({ token }) => token);
  return (
    <div className="table-scroll" role="region" aria-label="Senders" tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Service</th><th scope="col">Client</th><th scope="col">Protocol</th>
            {withTokens && <th scope="col">Token</th>}
            <th scope="col">Last seen</th><th scope="col" className="num">Received</th><th scope="col" className="num">Stored</th>
            <th scope="col" className="num">Duplicates</th><th scope="col" className="num">Rejected</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((source, at) => (
            <tr key={at}>
              <th scope="row">{visible(source.service_name || "–")}</th>
              <td>{visible(source.client || "–")}</td>
              <td className="nowrap">{source.protocol}</td>
              {withTokens && <td>{visible(source.token || "–")}</td>}
              <td className="nowrap"><Time ms={Date.parse(source.last_seen)} /></td>
              <td className="num">{exact(source.received)}</td>
              <td className="num">{exact(source.stored)}</td>
              <td className="num">{exact(source.duplicate)}</td>
              <td className={source.rejected + source.rejected_requests ? "num error-text" : "num"}>{exact(source.rejected)}{source.rejected_requests > 0 && ` and ${exact(source.rejected_requests)} requests`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
