// Parses the filter language into a tree. A filter that this parser does not understand stays text.
import { lex, type Token } from "./lex";

export type Value = string | number | string[] | null;

export type Node =
  | { kind: "and" | "or"; parts: Node[]; from: number; to: number }
  | { kind: "not"; part: Node; from: number; to: number }
  | { kind: "text"; value: string; from: number; to: number }
  | Clause;

export interface Clause {
  kind: "clause";
  /** As written, with its quotes. */
  field: string;
  /** `=`, `NOT IN`, `IS NULL`: in upper case, with single spaces. */
  comparator: string;
  /** A text, number or list; a number with a unit such as `5s` is a text; `null` for `IS NULL`. */
  value: Value;
  /** The value was written as a number, with or without a unit. */
  bare: boolean;
  from: number;
  to: number;
}

/** `undefined` if the filter cannot be parsed; `null` if it is empty. */
export function parse(text: string): Node | null | undefined {
  const tokens = lex(text);
  if (tokens.length === 0) return null;
  if (tokens.some((token) => token.kind === "bad" || token.open)) return undefined;
  const reader = new Reader(tokens);
  const node = reader.or();
  return node && reader.done() ? node : undefined;
}

class Reader {
  private at = 0;
  constructor(private readonly tokens: Token[]) {}

  done(): boolean {
    return this.at === this.tokens.length;
  }

  or(): Node | undefined {
    return this.list("or", "OR", () => this.and());
  }

  private and(): Node | undefined {
    return this.list("and", "AND", () => this.not());
  }

  private list(kind: "and" | "or", word: string, one: () => Node | undefined): Node | undefined {
    const parts: Node[] = [];
    do {
      const part = one();
      if (!part) return undefined;
      parts.push(part);
    } while (this.take(word));
    return parts.length === 1 ? parts[0] : { kind, parts, from: parts[0]!.from, to: parts.at(-1)!.to };
  }

  private not(): Node | undefined {
    const from = this.tokens[this.at]?.from ?? 0;
    if (this.take("NOT")) {
      const part = this.not();
      return part && { kind: "not", part, from, to: part.to };
    }
    if (this.take("(")) {
      const inside = this.or();
      if (!inside || !this.take(")")) return undefined;
      // Parentheses are kept: they may separate clauses about another span.
      return { ...inside, from, to: this.tokens[this.at - 1]!.to };
    }
    return this.clause();
  }

  private clause(): Node | undefined {
    const field = this.tokens[this.at++];
    if (!field) return undefined;
    if (field.kind === "string") return { kind: "text", value: field.value ?? "", from: field.from, to: field.to };
    if (field.kind !== "field") return undefined;
    const clause = (comparator: string, value: Value, bare = false): Clause => ({
      kind: "clause", field: field.text, comparator, value, bare, from: field.from, to: this.tokens[this.at - 1]!.to,
    });
    if (this.take("IS")) {
      if (this.take("GOOD")) return clause("IS GOOD", null);
      if (this.take("BAD")) return clause("IS BAD", null);
      const negated = this.take("NOT");
      return this.take("NULL") ? clause(negated ? "IS NOT NULL" : "IS NULL", null) : undefined;
    }
    const negated = this.take("NOT");
    const comparator = this.tokens[this.at++];
    if (comparator?.kind !== "comparator") return undefined;
    const name = (negated ? "NOT " : "") + comparator.text.toUpperCase();
    if (name.endsWith("IN")) {
      const values = this.values();
      return values && clause(name, values);
    }
    const value = this.tokens[this.at++];
    if (value?.kind === "string") return clause(name, value.value ?? "");
    if (value?.kind !== "number") return undefined;
    const number = Number(value.text);
    return clause(name, Number.isNaN(number) ? value.text : number, true);
  }

  private values(): string[] | undefined {
    if (!this.take("(")) return undefined;
    const values: string[] = [];
    do {
      const value = this.tokens[this.at++];
      if (value?.kind !== "string") return undefined;
      values.push(value.value ?? "");
    } while (this.take(","));
    return this.take(")") ? values : undefined;
  }

  private take(text: string): boolean {
    const token = this.tokens[this.at];
    if (token?.text.toUpperCase() !== text || token.kind === "string") return false;
    this.at += 1;
    return true;
  }
}
