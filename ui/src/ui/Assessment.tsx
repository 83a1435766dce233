import { CircleDot, ThumbsDown, ThumbsUp } from "lucide-react";
import { isNotJudged, verdictOf } from "../core/feedbackVerdict";
import { visible } from "../core/text";
import type { AssessmentRow } from "../core/types";
import { Pills } from "./Pills";

/** One assessment as a badge. */
export function AssessmentBadge({ assessment }: { assessment: AssessmentRow }) {
  const { value, kind } = assessment;
  const name = visible(assessment.name);
  const failed = isNotJudged(assessment);
  const verdict = verdictOf(assessment);
  const shown = valueOf(assessment);
  const title = titleOf(assessment);
  if (kind === "issue") return <span className="badge" title={`Issue: ${shown}`}><CircleDot aria-hidden /><span className="ellipsis">{short(shown)}</span></span>;
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

/** The assessments of a trace as badges. */
export function AssessmentBadges({ assessments, max = 2 }: { assessments: readonly AssessmentRow[]; max?: number }) {
  return (
    <Pills items={assessments} max={max} keyOf={({ assessment_id }) => assessment_id} textOf={titleOf}>
      {(assessment) => <AssessmentBadge assessment={assessment} />}
    </Pills>
  );
}

function valueOf(assessment: AssessmentRow): string {
  const { value, error } = assessment;
  return visible((isNotJudged(assessment) ? `could not judge: ${error}` : typeof value === "string" ? value : JSON.stringify(value)) ?? "null");
}

function titleOf(assessment: AssessmentRow): string {
  return `${visible(assessment.name)}: ${valueOf(assessment)}${assessment.rationale ? ` – ${visible(assessment.rationale)}` : ""}`;
}

/** Whether the sign before the name already shows the value: ✓ for yes, ✕ for no. */
function speaks(verdict: "good" | "bad", shown: string): boolean {
  const isYes = /^(?:true|yes|pass(?:ed)?|good|correct|up|thumbs.up)$/i.test(shown.trim());
  const isNo = /^(?:false|no|fail(?:ed)?|bad|incorrect|down|thumbs.down)$/i.test(shown.trim());
  return verdict === "good" ? isYes : isNo;
}

function short(text: string): string {
  const one = text.replace(/\s+/g, " ");
  return one.length < 24 ? one : `${one.slice(0, 23)}…`;
}
