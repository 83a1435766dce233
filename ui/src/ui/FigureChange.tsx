import { change, percent } from "../core/format";

/** Minimum number of previous traces for a change to be shown. */
export const TRACES_MIN = 20;

/** The change of a metric from its previous value; `better` is the direction of an improvement. */
export function FigureChange({ now, before, tracesBefore, better, points = false, description }: {
  now: number | null;
  before: number | null;
  /** Number of traces behind the previous value. */
  tracesBefore: number;
  better?: "up" | "down";
  /** Both values are shares: the change is shown in percentage points. */
  points?: boolean;
  /** The previous value, as a tooltip. */
  description: string;
}) {
  if (now === null || before === null || tracesBefore < TRACES_MIN || (!points && before === 0)) return null;
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
