import { visible } from "../../core/text";
import type { ListedScorer } from "../../core/types";

/** Whether a scorer is a check, a judge or Python code, or cannot be run. */
export function KindBadge({ scorer }: { scorer: ListedScorer }) {
  if (scorer.kind === "unsupported") return <span className="badge warn" title={visible(scorer.problem ?? "")}>cannot run</span>;
  const kind = scorer.session_level ? "session judge" : scorer.kind;
  return <span className={scorer.kind === "judge" ? "badge accent" : "badge"}>{kind}</span>;
}
