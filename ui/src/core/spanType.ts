// The letter and colour token of each span type, so that colour alone never identifies a type.

export interface SpanLook {
  letter: string;
  /** The name of a colour: `var(--span-NAME)`. */
  color: string;
}

const KNOWN: Record<string, SpanLook> = {
  AGENT: { letter: "A", color: "agent" },
  LLM: { letter: "L", color: "llm" },
  CHAT_MODEL: { letter: "L", color: "llm" },
  TOOL: { letter: "T", color: "tool" },
  RETRIEVER: { letter: "R", color: "retriever" },
  RERANKER: { letter: "K", color: "retriever" },
  EMBEDDING: { letter: "E", color: "embedding" },
  CHAIN: { letter: "C", color: "chain" },
  WORKFLOW: { letter: "W", color: "chain" },
  TASK: { letter: "J", color: "chain" },
  PARSER: { letter: "P", color: "parser" },
  MEMORY: { letter: "M", color: "memory" },
  GUARDRAIL: { letter: "G", color: "guardrail" },
  EVALUATOR: { letter: "V", color: "guardrail" },
};

/** Each unknown type gets a fixed hue, none of them red. */
const OTHERS = ["tool", "embedding", "parser", "memory", "guardrail", "agent"];

export function spanLook(type: string | null | undefined): SpanLook {
  const name = (type ?? "").toUpperCase();
  if (!name || name === "UNKNOWN") return { letter: "·", color: "unknown" };
  const known = KNOWN[name];
  if (known) return known;
  let hash = 0;
  for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return { letter: [...name][0] ?? "·", color: OTHERS[hash % OTHERS.length] ?? "unknown" };
}
