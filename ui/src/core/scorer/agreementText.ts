// How far a scorer agrees with people, in words.
import { exact, percent, plural } from "../format";
import type { Kappa, ScorerAgreement } from "../types";

/** Smaller samples say little about agreement. */
const FEW = 20;

/** The words of Landis and Koch (1977). */
export function kappaWord(value: number): string {
  if (value < 0) return "worse than chance";
  if (value <= 0.2) return "slight";
  if (value <= 0.4) return "fair";
  if (value <= 0.6) return "moderate";
  if (value <= 0.8) return "substantial";
  return "almost perfect";
}

/** `0.67`, `−0.20`; zero has no sign. */
export function twoDigits(value: number): string {
  return value.toFixed(2).replace(/^-0\.00$/, "0.00").replace("-", "−");
}

/** Empty if the sample does not tell. */
export function kappaInterval({ low, high }: Kappa): string {
  return low === null || high === null ? "" : `${twoDigits(low)} to ${twoDigits(high)}`;
}

/** Why there is no κ, or what to bear in mind. `null` if there is nothing to add. */
export function kappaNote({ compared, kappa, scale, categories }: Pick<ScorerAgreement, "compared" | "kappa" | "scale" | "categories">): string | null {
  if (kappa) return compared < FEW ? `Only ${plural(compared, "verdict")}: judge more traces before relying on it.` : null;
  if (scale === "categories" && categories.at(-1) === "other") return "κ is not measured: there are too many different texts.";
  return "κ is not measured: all answers are the same, which chance alone would explain.";
}

/** `87 % of 240 verdicts are the same`. */
export function sameText({ agreed, compared }: Pick<ScorerAgreement, "agreed" | "compared">): string {
  return `${percent(agreed / compared)} the same answer: ${exact(agreed)} of ${plural(compared, "verdict")} of people`;
}
