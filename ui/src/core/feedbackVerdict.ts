// Verdicts on feedback values. The server decides which are positive or negative, by the settings of the experiment.

export type FeedbackVerdict = "good" | "bad" | null;

/** The server's verdict on an assessment; `not_judged` if its judge failed. */
export function verdictOf(assessment: { verdict?: string | null }): FeedbackVerdict {
  return assessment.verdict === "good" || assessment.verdict === "bad" ? assessment.verdict : null;
}

export function isNotJudged(assessment: { verdict?: string | null }): boolean {
  return assessment.verdict === "not_judged";
}

export type Polarity = "positive" | "negative" | "neutral";

/** A polarity in words: `yes is bad`. */
export const POLARITY_TEXT: Record<Polarity, string> = {
  positive: "yes is good",
  negative: "yes is bad",
  neutral: "neither good nor bad",
};

export function nextPolarity(polarity: Polarity): Polarity {
  return polarity === "positive" ? "negative" : polarity === "negative" ? "neutral" : "positive";
}

export function polarityOf(text: string | null | undefined): Polarity {
  return text === "negative" || text === "neutral" ? text : "positive";
}
