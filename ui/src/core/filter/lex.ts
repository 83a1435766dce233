// Tokenizes the filter language for highlighting and completion. It accepts every text; the server reports errors.

export type TokenKind = "field" | "keyword" | "comparator" | "string" | "number" | "symbol" | "bad";

export interface Token {
  kind: TokenKind;
  /** Offsets in UTF-16 units; `to` is exclusive. */
  from: number;
  to: number;
  text: string;
  /** A string's text, without its quotes. */
  value?: string;
  /** The closing quote of the string is missing. */
  open?: boolean;
}

const KEYWORDS = new Set(["AND", "OR", "NOT", "IS", "NULL", "GOOD", "BAD"]);
const COMPARING = new Set(["LIKE", "ILIKE", "RLIKE", "CONTAINS", "IN"]);
const SYMBOL = /^(?:==|!=|<>|<=|>=|=|<|>)/;
const WORD = /^[\p{L}\p{N}_.$@#]+/u;
const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?[\p{L}%]*/u;

export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const space = /^\s+/.exec(text.slice(at));
    if (space) {
      at += space[0].length;
      continue;
    }
    const token = next(text, at);
    tokens.push(token);
    at = token.to;
  }
  return tokens;
}

function next(text: string, from: number): Token {
  const rest = text.slice(from);
  const first = rest[0]!;
  const token = (kind: TokenKind, length: number, more: Partial<Token> = {}): Token => ({
    kind, from, to: from + length, text: rest.slice(0, length), ...more,
  });
  if (first === "'" || first === '"' || first === "`") {
    const { length, value, open } = quotedAt(rest, 0);
    return token(first === "`" ? "field" : "string", length, { value, open });
  }
  const symbol = SYMBOL.exec(rest);
  if (symbol) return token("comparator", symbol[0].length);
  if ("(),".includes(first)) return token("symbol", 1);
  const number = NUMBER.exec(rest);
  if (number) return token("number", number[0].length);
  const word = WORD.exec(rest);
  if (!word) return token("bad", String.fromCodePoint(rest.codePointAt(0)!).length);
  return afterWord(word[0], rest, token);
}

function afterWord(word: string, rest: string, token: (kind: TokenKind, length: number, more?: Partial<Token>) => Token): Token {
  const upper = word.toUpperCase();
  if (KEYWORDS.has(upper)) return token("keyword", word.length);
  if (COMPARING.has(upper)) return token("comparator", word.length);
  const quote = rest[word.length];
  if (word.endsWith(".") && (quote === "`" || quote === '"')) {
    const { length, open } = quotedAt(rest, word.length);
    return token("field", word.length + length, { open });
  }
  return token("field", word.length);
}

/** The quoted text at this offset. Inside quotes, the same quote is written twice. */
function quotedAt(text: string, from: number): { length: number; value: string; open: boolean } {
  const quote = text[from]!;
  let end = text.indexOf(quote, from + 1);
  while (0 <= end && text[end + 1] === quote) end = text.indexOf(quote, end + 2);
  const open = end < 0;
  const value = text.slice(from + 1, open ? undefined : end).replaceAll(quote + quote, quote);
  return { length: (open ? text.length : end + 1) - from, value, open };
}

/** Converts offsets in UTF-8 bytes, as the server reports them, to offsets in a JavaScript string. */
export function fromBytes(text: string, byte: number): number {
  let bytes = 0;
  let at = 0;
  for (const char of text) {
    if (byte <= bytes) break;
    const code = char.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    at += char.length;
  }
  return at;
}
