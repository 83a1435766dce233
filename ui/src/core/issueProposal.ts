// Proposals for new issues: from an error, and from a factor of negative feedback.
import { exact } from "./format";
import { ISSUE_NAME_MAX } from "./issue";
import { shorten } from "./text";
import type { QualityFactor } from "./types";

/** What traces have in common, as the start of a new issue. */
export interface IssueProposal {
  name: string;
  /** Markdown. */
  description: string;
  /** The error signature that a new issue will stand for. */
  error?: string;
}

const ERROR_CHARS_MAX = 4000;
const NAME_CHARS_MAX = 120;

export function errorProposal(signature: string): IssueProposal {
  const firstLine = signature.trim().split("\n")[0]!;
  return { name: shorten(firstLine, NAME_CHARS_MAX), description: `Traces fail with this error:\n\n${codeBlock(shorten(signature, ERROR_CHARS_MAX))}`, error: signature };
}

export function factorProposal({ dimension, value, traces, negative }: Pick<QualityFactor, "dimension" | "value" | "traces" | "negative">, feedback: string): IssueProposal {
  return {
    name: shorten(`Negative ${feedback}: ${dimension} ${value}`, ISSUE_NAME_MAX),
    description: `${exact(negative)} of ${exact(traces)} rated traces with this ${dimension} have negative feedback (${feedback}):\n\n${codeBlock(shorten(value, ERROR_CHARS_MAX))}`,
  };
}

/** A code block of Markdown. Its fence is longer than any run of backticks in the text. */
function codeBlock(text: string): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(2, ...runs.map((run) => run.length)) + 1);
  return `${fence}\n${text}\n${fence}`;
}
