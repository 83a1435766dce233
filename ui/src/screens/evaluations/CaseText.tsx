import { visible } from "../../core/text";
import type { AssessmentRow, EvaluationCase } from "../../core/types";

/** A text on at most two lines; all of it on hover. */
export function CaseText({ text, className = "" }: { text: string | null | undefined; className?: string }) {
  if (!text) return <span className="muted">–</span>;
  const shown = visible(text);
  return <span className={`grid-text ${className}`} title={shown}>{shown}</span>;
}

/** The output of a case, or the error of a failed one. */
export function CaseOutput({ row }: { row: EvaluationCase | null }) {
  if (!row) return <span className="muted">not in this run</span>;
  if (row.state === "ERROR") return <CaseText text={row.error ? `${row.error.span}: ${row.error.message ?? "failed"}` : "failed"} className="error-text" />;
  return <CaseText text={row.output} />;
}

/** What was expected; the name is left out if there is only one. */
export function CaseExpectations({ expectations }: { expectations: AssessmentRow[] }) {
  return <CaseText text={expectations.map((one) => (expectations.length > 1 ? `${one.name}: ${wholeValue(one)}` : wholeValue(one))).join("\n")} />;
}

/** The value of an expectation as text, not shortened. */
export function wholeValue({ value }: Pick<AssessmentRow, "value">): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}
