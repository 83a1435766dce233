import { ThumbsDown, ThumbsUp } from "lucide-react";
import { visible } from "../core/text";
import { readVerdict } from "../core/feedbackVerdict";
import type { AssessmentRow } from "../core/types";

/** One assessment as a badge. */
export function AssessmentBadge({ assessment }: { assessment: AssessmentRow }) {
  const { value, error, kind } = assessment;
  const name = visible(assessment.name);
  const verdict = error ? "bad" : readVerdict(value);
  const shown = visible(error ?? (typeof value === "string" ? value : JSON.stringify(value)) ?? "null");
  const title = `${name}: ${shown}${assessment.rationale ? ` – ${visible(assessment.rationale)}` : ""}`;
  const look = kind === "expectation" ? "" : verdict === "good" ? "ok" : verdict === "bad" ? "error" : "";
  const thumb = /thumb|user|helpful|like/i.test(name);
  const sign = verdict === "good" ? "✓" : "✕";
  return (
    <span className={`badge ${look}`} title={title}>
      {verdict && thumb ? (
        <>
          {verdict === "good" ? <ThumbsUp aria-hidden /> : <ThumbsDown aria-hidden />}
          <span className="visually-hidden">{title}</span>
        </>
      ) : (
        <span className="ellipsis">{verdict ? `${sign} ${name}` : `${name} ${short(shown)}`}</span>
      )}
    </span>
  );
}

function short(text: string): string {
  const one = text.replace(/\s+/g, " ");
  return one.length < 24 ? one : `${one.slice(0, 23)}…`;
}
