import { change, percent } from "../core/format";

/** By how much a figure differs from the one before; `better` says which direction is good news. */
export function FigureChange({ now, before, better, points = false, description }: {
  now: number | null;
  before: number | null;
  better?: "up" | "down";
  /** Both are shares: the difference is told in points of a percent. */
  points?: boolean;
  /** What was before, in words. */
  description: string;
}) {
  if (now === null || before === null || (!points && before === 0)) return null;
  const difference = now - before;
  const text = points ? pointsText(difference) : change(now, before);
  if (/^[+−]0( |$)/.test(text)) return <span className="delta muted" title={description}>±0</span>;
  const good = better && (difference < 0) === (better === "down");
  const look = better === undefined ? "muted" : good ? "ok-text" : "warn-text";
  return <span className={`delta ${look}`} title={description}>{text}<span className="visually-hidden"> {description}</span></span>;
}

function pointsText(difference: number): string {
  const text = percent(Math.abs(difference)).replace(" %", "");
  return `${difference < 0 ? "−" : "+"}${text} pt`;
}
