import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromBytes, lex } from "./lex";
import { parse, type Clause } from "./parse";
import { differsClause, equalsClause, keyedField, printClause, quoteText, splitField } from "./print";

// Tests the examples of docs/filter.md, which describes the language.
const DOCS = readFileSync("../docs/filter.md", "utf8");

// Tests the server's lexer, too.
const QUOTES = JSON.parse(readFileSync("../crates/kansoku-filter/tests/it/quotes.json", "utf8")) as {
  strings: { read: string; value: string; written: string }[];
  keys: { read: string; key: string; written: string }[];
  unclosed: string[];
};

function examples(language: string): string[] {
  const blocks = DOCS.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"));
  return [...blocks].flatMap((block) => block[1]!.trim().split("\n"));
}

test.each(examples("filter"))("reads what the docs show: %s", (filter) => {
  expect(parse(filter)).toBeTruthy();
});

test("tokens have kinds for highlighting", () => {
  const shown = lex("NOT tags.`my key` LIKE 'a%' AND execution_time >= 5s -").map((token) => `${token.kind}:${token.text}`);
  expect(shown).toEqual([
    "keyword:NOT", "field:tags.`my key`", "comparator:LIKE", "string:'a%'", "keyword:AND",
    "field:execution_time", "comparator:>=", "number:5s", "bad:-",
  ]);
});

test("AND binds tighter than OR, NOT tighter than AND, and parentheses as usual", () => {
  const shape = (text: string): unknown => {
    const walk = (node: ReturnType<typeof parse>): unknown => {
      if (!node) return node;
      if (node.kind === "clause") return node.field;
      if (node.kind === "text") return `"${node.value}"`;
      return node.kind === "not" ? ["not", walk(node.part)] : [node.kind, ...node.parts.map(walk)];
    };
    return walk(parse(text));
  };
  expect(shape("a = '1' OR NOT b = '2' AND c = '3'")).toEqual(["or", "a", ["and", ["not", "b"], "c"]]);
  expect(shape("(a = '1' OR b = '2') AND \"some text\"")).toEqual(["and", ["or", "a", "b"], '"some text"']);
  expect(shape("")).toBeNull();
});

test.each(["a =", "a = 'x", "a 'x'", "a = 'x' AND", "(a = 'x'", "a IN ()", "a = b", "tags.my-tag = 'x'", "AND"])("leaves %j as text", (text) => {
  expect(parse(text)).toBeUndefined();
});

test.each(QUOTES.strings)("$read is one text, in which a quote is written twice", ({ read, value, written }) => {
  expect((parse(`name = ${read}`) as Clause).value).toBe(value);
  expect(quoteText(value)).toBe(written);
});

test.each(QUOTES.keys)("$read is one key, in which a quote is written twice", ({ read, key, written }) => {
  expect(splitField((parse(`${read} = 'x'`) as Clause).field).key).toBe(key);
  expect(keyedField("tags", key)).toBe(written);
});

test.each(QUOTES.unclosed)("%s is not closed", (text) => {
  expect(lex(`name = ${text}`).some((token) => token.open)).toBe(true);
  expect(parse(`name = ${text}`)).toBeUndefined();
});

test("a parsed clause is printed as it was written", () => {
  for (const text of ["tags.env = 'prod'", "name NOT IN ('a', 'b')", "duration > 5s", "cost >= 0.01", "feedback.q IS NOT NULL", 'name = "it\'s"']) {
    expect(printClause(parse(text) as Clause)).toBe(text);
  }
});

test("every value and key is parsed back", () => {
  const quotes = fc.string({ minLength: 1, unit: fc.constantFrom("'", '"', "`", "\\", "a", " ") });
  const text = fc.oneof(fc.string({ minLength: 1, unit: "grapheme" }), quotes);
  fc.assert(fc.property(fc.oneof(fc.constant(""), text), text, (value, key) => {
    const field = keyedField("tags", key);
    const clause = parse(equalsClause(field, value)) as Clause;
    expect([splitField(clause.field).key, clause.value]).toEqual([key, value]);
  }));
});

test("the lexer accepts any text, and its tokens cover everything except spaces", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    let at = 0;
    for (const token of lex(text)) {
      expect(text.slice(at, token.from).trim()).toBe("");
      expect(token.to).toBeGreaterThan(token.from);
      at = token.to;
    }
    expect(text.slice(at).trim()).toBe("");
    parse(text);
  }));
});

test("excluding a value keeps traces without one", () => {
  expect(differsClause("tags.env", "prod")).toBe("NOT tags.env = 'prod'");
  expect(differsClause("status", "OK")).toBe("status != 'OK'");
  expect(equalsClause("name", `'"`)).toBe(`name = '''"'`);
});

test("byte offsets are converted to string offsets", () => {
  expect(fromBytes("aé😀b", 0)).toBe(0);
  expect(fromBytes("aé😀b", 3)).toBe(2);
  expect(fromBytes("aé😀b", 7)).toBe(4);
  expect(fromBytes("ab", 99)).toBe(2);
});
