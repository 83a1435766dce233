import { useState } from "react";
import { exact } from "../../core/format";
import type { Ledger } from "../../core/ingestChecks";
import { visible } from "../../core/text";
import { Button } from "../../ui/Button";
import { Time } from "../../ui/Time";

const ROWS = 50;

/** Rejections with their reasons, the latest first. */
export function Rejections({ rejections }: { rejections: Ledger["rejections"] }) {
  const [rowsMax, setRowsMax] = useState(ROWS);
  if (rejections.length === 0) return <p className="muted">None.</p>;
  const sorted = rejections.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return (
    <>
      <div className="table-scroll" role="region" aria-label="Rejections" tabIndex={0}>
        <table className="table">
          <thead>
            <tr><th scope="col">When</th><th scope="col">Reason</th><th scope="col" className="num">Spans</th><th scope="col">From</th><th scope="col">Protocol</th></tr>
          </thead>
          <tbody>
            {sorted.slice(0, rowsMax).map((rejection, at) => (
              <tr key={at}>
                <td className="nowrap"><Time ms={Date.parse(rejection.at)} /></td>
                <td className="error-text reason">{visible(rejection.reason)}</td>
                <td className="num">{rejection.spans ? exact(rejection.spans) : "all"}</td>
                <td>{visible([rejection.service_name, rejection.client, rejection.token].filter(Boolean).join(" · ") || "–")}</td>
                <td className="nowrap">{rejection.protocol}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {sorted.length > rowsMax && <div><Button onClick={() => setRowsMax(rowsMax + 200)}>Show older</Button></div>}
    </>
  );
}
