import fc from "fast-check";
import { marked } from "marked";
import { expect, test } from "vitest";
import { errorProposal, factorProposal } from "./issueProposal";

test("an error becomes a name of one line, a description, and the error that the issue stands for", () => {
  const signature = "TimeoutError: the store timed out\n  at line …";
  const proposal = errorProposal(signature);
  expect(proposal.name).toBe("TimeoutError: the store timed out");
  expect(proposal.description).toContain(signature);
  expect(proposal.error).toBe(signature);
});

test("an error stays one block of code, whatever characters it has", () => {
  const letters = fc.string({ unit: fc.constantFrom("`", "a", " ", "#", "<", "*"), minLength: 1, maxLength: 40 });
  fc.assert(fc.property(letters, (signature) => {
    const blocks = marked.lexer(errorProposal(signature).description).filter(({ type }) => type === "code");
    expect(blocks.map((block) => "text" in block && block.text)).toEqual([signature]);
  }));
});

test("a factor says how many of its traces are negative", () => {
  const proposal = factorProposal({ dimension: "version", value: "2.0", traces: 1200, negative: 300 }, "correct");
  expect(proposal.name).toBe("Negative correct: version 2.0");
  expect(proposal.description).toContain("300 of 1,200 rated traces with this version");
  expect(proposal.error).toBeUndefined();
});
