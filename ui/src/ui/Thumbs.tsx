import { ThumbsDown, ThumbsUp } from "lucide-react";
import type { FeedbackVerdict } from "../core/feedbackVerdict";
import { IconButton } from "./Button";

/** Two thumbs; the current one is pressed. */
export function Thumbs({ verdict, of, disabled, onPress }: {
  verdict: FeedbackVerdict;
  /** Name of the rated thing, such as “turn 3”. */
  of: string;
  disabled?: boolean;
  onPress: (pressed: "good" | "bad") => void;
}) {
  return (
    <span className="thumbs" role="group" aria-label={`Thumbs for ${of}`}>
      <IconButton small look="plain" disabled={disabled} label={`Thumbs up for ${of}`} aria-pressed={verdict === "good"} className="good" icon={<ThumbsUp aria-hidden />} onClick={() => onPress("good")} />
      <IconButton small look="plain" disabled={disabled} label={`Thumbs down for ${of}`} aria-pressed={verdict === "bad"} className="bad" icon={<ThumbsDown aria-hidden />} onClick={() => onPress("bad")} />
    </span>
  );
}
