import { ThumbsDown, ThumbsUp } from "lucide-react";
import { isNotJudged, verdictOf } from "../core/feedbackVerdict";
import { visible } from "../core/text";
import type { AssessmentRow } from "../core/types";

/** One assessment as a badge. */
export function AssessmentBadge({ assessment }: { assessment: AssessmentRow }) {
  const { value, error, kind } = assessment;
  const name = visible(assessment.name);
  const failed = isNotJudged(assessment);
  const verdict = verdictOf(assessment);
  const shown = visible((failed ? `could not judge: ${error}` : typeof value === "string" ? value : JSON.stringify(value)) ?? "null");
  const title = `${name}: ${shown}${assessment.rationale ? ` – ${visible(assessment.rationale)}` : ""}`;
  const look = kind === "expectation" ? "" : failed ? "not-judged" : verdict === "good" ? "ok" : verdict === "bad" ? "error" : "";
  const thumb = verdict && assessment.source_type === "HUMAN" && typeof value === "boolean" && /thumb|user|helpful|like/i.test(name);
  return (
    <span className={`badge ${look}`} title={title}>
      {thumb ? (
        <>
          {verdict === "good" ? <ThumbsUp aria-hidden /> : <ThumbsDown aria-hidden />}
          <span className="visually-hidden">{title}</span>
        </>
      ) : (
        <span className="ellipsis">{failed ? `? ${name}` : verdict ? `${verdict === "good" ? "✓" : "✕"} ${name}${speaks(verdict, shown) ? "" : ` ${short(shown)}`}` : `${name} ${short(shown)}`}</span>
      )}
    </span>
  );
}

/** The sign before the name says the value, too: ✓ for yes, ✕ for no. */
function speaks(verdict: "good" | "bad", shown: string): boolean {
  const isYes = /^(?:true|yes|pass(?:ed)?|good|correct|up|thumbs.up)$/i.test(shown.trim());
  const isNo = /^(?:false|no|fail(?:ed)?|bad|incorrect|down|thumbs.down)$/i.test(shown.trim());
  return verdict === "good" ? isYes : isNo;
}

function short(text: string): string {
  const one = text.replace(/\s+/g, " ");
  return one.length < 24 ? one : `${one.slice(0, 23)}…`;
}
