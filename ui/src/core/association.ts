// Describes how closely two properties are associated. NPMI ranges from −1 (never together) over 0 (independent) to 1 (always together).

export type Strength = "much more" | "more" | "slightly more" | "no different" | "less";

export function strengthOf(npmi: number | null): Strength {
  if (npmi === null || Math.abs(npmi) < 0.03) return "no different";
  if (npmi < 0) return "less";
  return 0.4 <= npmi ? "much more" : 0.15 <= npmi ? "more" : "slightly more";
}

/** Associations of fewer traces are marked as weakly supported. */
export const FEW = 10;

/** `negative much more often than other traces` */
export function associationText({ npmi, traces }: { npmi: number | null; traces: number }): string {
  const strength = strengthOf(npmi);
  const text = strength === "no different" ? "negative as often as other traces" : `negative ${strength} often than other traces`;
  return traces < FEW ? `${text}, few traces` : text;
}
