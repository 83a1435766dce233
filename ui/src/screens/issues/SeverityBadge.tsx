import { issueWord, type IssueSeverity } from "../../core/issue";

const LOOKS: Record<IssueSeverity, string> = { high: "error", medium: "warn", low: "", not_an_issue: "" };

export function SeverityBadge({ severity }: { severity: IssueSeverity | undefined }) {
  if (!severity) return <span className="muted">–</span>;
  return <span className={`badge ${LOOKS[severity]}`}>{issueWord(severity)}</span>;
}
