import { BellOff } from "lucide-react";
import { isMuted } from "../../core/alert/alertText";
import { absoluteTime } from "../../core/format";
import type { AlertRule } from "../../core/types";
import { useUtc } from "../../ui/browser/timeZone";

const LABELS: Record<string, [label: string, look: string, hint: string]> = {
  ok: ["OK", "badge ok", "The value is on the good side of the threshold"],
  pending: ["Pending", "badge warn", "The value is beyond the threshold, but not yet for long enough"],
  firing: ["Firing", "badge error", "The value is beyond the threshold"],
  no_data: ["No data", "badge", "There are too few traces for a value"],
};

/** The state of a rule, and whether somebody is told. */
export function StatusBadge({ rule, nowMs }: { rule: AlertRule; nowMs: number }) {
  const utc = useUtc();
  if (rule.settings.enabled === false) return <span className="badge" title="It is not evaluated">Disabled</span>;
  const [label, look, hint] = LABELS[rule.status] ?? [rule.status, "badge", ""];
  // A day in the far future means until it is unmuted.
  const until = rule.muted_until_ms ?? 0;
  return (
    <span className="row">
      <span className={look} title={hint}>{label}</span>
      {isMuted(rule, nowMs) && (
        <span className="badge" title={until < nowMs + 400 * 86_400_000 ? `Nobody is told until ${absoluteTime(until, utc).slice(0, 16)}` : "Nobody is told until it is unmuted"}>
          <BellOff aria-hidden /> muted
        </span>
      )}
    </span>
  );
}
