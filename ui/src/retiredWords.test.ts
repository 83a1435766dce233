import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";
import { expect, test } from "vitest";

/** Words that docs/glossary.md replaces with standard terms. */
const RETIRED = /skeleton|badness|scissors|sought|spanmeaning|cuttext|tidy|upkeep|homeless|stranger|needles|rhythm|unread|^(refused|news|told|asked|askedBy|given|facts?)$/i;

/** The names that a file uses or declares itself, without strings and API fields. */
function identifiers(text: string): Set<string> {
  const source = ts.createSourceFile("file.tsx", text, ts.ScriptTarget.Latest, false, ts.ScriptKind.TSX);
  const names = new Set<string>();
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

test("no identifier has a retired word", () => {
  const root = new URL(".", import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !/schema\.d\.ts$|\.test\.tsx?$/.test(file));
  expect(files.length).toBeGreaterThan(100);
  const retired = files.flatMap((file) => {
    const names = identifiers(readFileSync(new URL(file, root), "utf8"));
    return [...names].filter((name) => RETIRED.test(name)).map((name) => `${file}: ${name}`);
  });
  expect(retired).toEqual([]);
});

test("identifiers are checked, words in strings and comments are not", () => {
  expect([...identifiers('const skeleton = { news: `told ${"asked"}` }; // given')]).toEqual(["skeleton", "news"]);
});
