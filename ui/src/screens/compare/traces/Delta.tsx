import { betterOrWorse } from "../../../core/alignSpans";
import { change } from "../../../core/format";

/** The change of a metric; green if it is an improvement. */
export function Delta({ before, now, show, moreIsBetter, neutral }: {
  before: number | null;
  now: number | null;
  /** Formats the difference; by default as a percentage. */
  show?: (difference: number) => string;
  moreIsBetter?: boolean;
  neutral?: boolean;
}) {
  if (before === null || now === null) return null;
  const verdict = betterOrWorse(before, now, moreIsBetter);
  if (verdict === null) return <span className="muted">=</span>;
  const difference = now - before;
  const text = show ? `${difference < 0 ? "−" : "+"}${show(Math.abs(difference))}` : change(now, before);
  return <span className={neutral ? "" : verdict === "better" ? "ok-text" : "error-text"}>{text}</span>;
}
