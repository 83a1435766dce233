// Lays out a session on one line: turns as wide as their durations, with long pauses between them shortened.

export interface StripTurn {
  start_ms: number;
  /** ms; 0 while it is unknown. */
  duration_ms: number;
}

export interface StripSegment {
  kind: "turn" | "gap";
  /** Index of the turn; for a gap, the turn after it. */
  turn: number;
  /** The real duration in ms. */
  ms: number;
  /** Shares of the line, 0 to 1. */
  left: number;
  width: number;
  /** Whether this is a pause that is drawn shorter than it was. */
  cut: boolean;
}

/** Minimum share of a turn, reduced if there are too many turns. */
const TURN_SHARE_MIN = 0.012;

/** Turns must be in the order of their starts; those that overlap are drawn one after the other. */
export function layOutSession(turns: readonly StripTurn[]): StripSegment[] {
  if (turns.length === 0) return [];
  const active = turns.reduce((sum, turn) => sum + turn.duration_ms, 0);
  // A pause is visible, but takes no more room than an average turn.
  const gapMax = Math.max(active / turns.length, 1);
  const shareMin = Math.min(TURN_SHARE_MIN, 0.5 / turns.length);
  const raw: Omit<StripSegment, "left" | "width">[] = [];
  const sizes: number[] = [];
  let end = turns[0]!.start_ms;
  turns.forEach((turn, at) => {
    const gap = turn.start_ms - end;
    if (gap > 0 && at > 0) {
      raw.push({ kind: "gap", turn: at, ms: gap, cut: gap > gapMax });
      sizes.push(Math.min(gap, gapMax));
    }
    raw.push({ kind: "turn", turn: at, ms: turn.duration_ms, cut: false });
    sizes.push(turn.duration_ms);
    end = Math.max(end, turn.start_ms + turn.duration_ms);
  });
  const total = sizes.reduce((sum, size) => sum + size, 0) || 1;
  const shares = sizes.map((size, at) => (raw[at]!.kind === "turn" ? Math.max(size / total, shareMin) : size / total));
  const sum = shares.reduce((all, share) => all + share, 0);
  let left = 0;
  return raw.map((segment, at) => {
    const width = shares[at]! / sum;
    const placed = { ...segment, left, width };
    left += width;
    return placed;
  });
}
