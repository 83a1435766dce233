import fc from "fast-check";
import { expect, test } from "vitest";
import { braceMistakes, isJinja, reservedVariables, type Template, templatePieces, templateText, variablesOf } from "./template";

const text = (text: string): Template => ({ type: "text", text });
const chat = (...contents: unknown[]): Template => ({ type: "chat", messages: contents.map((content) => ({ role: "user", content })) });

test.each([
  ["Answer {{question}} in {{words}} words", ["question", "words"]],
  ["{{a}} and {{ a }} and {{\ta\n}}", ["a"]],
  ["{{\u00a0a\u3000}}", ["a"]],
  ["{{user.name}} {{_x1}}", ["user.name", "_x1"]],
  ["{{{a}}}", ["a"]],
  ["{{a}}{{b}}", ["a", "b"]],
  ["{a} {{ }} {{}} {{1a}} {{a b}} {{a-b}} {{a.}} {{.a}} {{a..b}} {{ a } }", []],
  ["{{größe}} {{名前}} {{\ufeffa}}", []],
  ['{"json": {"a": {}}}', []],
])("the variables of %j are %j", (template, names) => {
  expect(variablesOf(text(template))).toEqual(names);
});

test("a chat has the variables of all its messages, where only plain spaces may surround a name", () => {
  expect(variablesOf(chat("{{a}}", "{{ b }} {{a}}"))).toEqual(["a", "b"]);
  expect(variablesOf(chat("{{\na}} {{\u00a0b}}"))).toEqual([]);
  expect(variablesOf(chat([{ type: "text", text: "{{c}}" }], null))).toEqual(["c"]);
  expect(variablesOf({ type: "chat", messages: [{ role: "{{role}}", content: "x", tool_call_id: "{{id}}" }] })).toEqual(["role", "id"]);
});

test("the pieces are the text again, and its variables are among them", () => {
  const part = fc.constantFrom("{{", "}}", "{", "}", " ", "\n", "a", "b.c", "1", "ü", "{{a}}", "{{ b.c }}", "{% if a %}");
  fc.assert(fc.property(fc.array(part, { maxLength: 20 }).map((parts) => parts.join("")), (template) => {
    const pieces = templatePieces(template);
    expect(pieces.map((piece) => piece.text).join("")).toBe(template);
    expect([...new Set(pieces.flatMap(({ variable }) => variable ?? []))]).toEqual(variablesOf(text(template)));
  }));
});

test("only the given names are variables, if any are given", () => {
  expect(templatePieces("{{a}}{{b}}", new Set(["b"]))).toEqual([{ text: "{{a}}", variable: null }, { text: "{{b}}", variable: "b" }]);
});

test("double braces without a valid name are reported, except in Jinja2 templates", () => {
  expect(braceMistakes(text("{{user name}} {{a}} {{}} {{user name}}"))).toEqual(["{{user name}}", "{{}}"]);
  expect(braceMistakes(chat("{{a}}", "{{b-c}}"))).toEqual(["{{b-c}}"]);
  expect(braceMistakes(chat("{{\na}}"))).toEqual(["{{\na}}"]);
  expect(braceMistakes(text("{% if a %}{{ user | upper }}{% endif %}"))).toEqual([]);
});

test("a template with statements is one of Jinja2", () => {
  expect(isJinja(text("{% if a %}x{% endif %}"))).toBe(true);
  expect(isJinja(text("{{a}} 100 %}"))).toBe(false);
  expect(isJinja(chat("{% a", "b %}"))).toBe(false);
  expect(isJinja(chat(null, "{% a %}"))).toBe(true);
});

test("names of the client's own parameters are reported", () => {
  expect(reservedVariables(text("{{prompt}} {{question}} {{self}}"))).toEqual(["prompt", "self"]);
});

test("a chat as text has the roles, and content that is no text as JSON", () => {
  expect(templateText({ type: "chat", messages: [{ role: "system", content: "Be brief." }, { role: "user", content: ["x"], name: "n" }] }))
    .toBe('system:\nBe brief.\n\nuser:\n[\n  "x"\n]\n{\n  "name": "n"\n}');
});
