import fc from "fast-check";
import { expect, test } from "vitest";
import { renderedText, renderTemplate } from "./renderTemplate";
import type { Template } from "./template";

const text = (text: string): Template => ({ type: "text", text });
const rendered = (template: string, values: Record<string, string>) => renderedText(renderTemplate(text(template), values).template);

test("each occurrence of a variable is filled in, whatever space surrounds it", () => {
  expect(rendered("{{a}}, {{ a }} and {{\u3000a\n}}: {{b}}", { a: "1", b: "日本 🙂" })).toBe("1, 1 and 1: 日本 🙂");
});

test("variables without a value stay, and are named", () => {
  const { template, missing } = renderTemplate(text("{{a}} {{b}} {{toString}}"), { a: "1", b: "" });
  expect(renderedText(template)).toBe("1 {{b}} {{toString}}");
  expect(missing).toEqual(["b", "toString"]);
});

test("characters with a meaning in patterns and replacements are plain text", () => {
  expect(rendered("{{a}}", { a: "$& $1 \\1 \\g<0> \\n" })).toBe("$& $1 \\1 \\g<0> \\n");
});

test("a value can contain a later variable, but not an earlier one, as in MLflow's client", () => {
  expect(rendered("{{a}} {{b}}", { a: "<{{b}}>", b: "2" })).toBe("<2> 2");
  expect(rendered("{{a}} {{b}}", { a: "1", b: "<{{a}}>" })).toBe("1 <{{a}}>");
});

test("a dot in a name stands for any character, as in MLflow's client", () => {
  expect(rendered("{{a.b}} {{a_b}}", { "a.b": "1", a_b: "2" })).toBe("1 1");
});

test("braces that are no variables stay", () => {
  expect(rendered('{"x": {{x}}, "y": {{not one}}, "z": {x}}', { x: "1" })).toBe('{"x": 1, "y": {{not one}}, "z": {x}}');
});

test("values without braces replace exactly their variables", () => {
  const value = fc.string({ unit: "grapheme", minLength: 1 }).filter((value) => !/[{}]/.test(value));
  fc.assert(fc.property(value, value, (a, b) => {
    expect(rendered("-{{a}}-{{b}}-{{a}}-", { a, b })).toBe(`-${a}-${b}-${a}-`);
  }));
});

test("messages keep role and content only", () => {
  const messages = [{ role: "system", content: "Be {{style}}.", name: "x" }, { role: "user", content: "{{q}}" }];
  const { template, problem } = renderTemplate({ type: "chat", messages }, { style: "brief", q: "why?" });
  expect(template).toEqual({ type: "chat", messages: [{ role: "system", content: "Be brief." }, { role: "user", content: "why?" }] });
  expect(problem).toBeNull();
});

test("content that is no text, and Jinja2 templates, are left to the client", () => {
  const parts = [{ type: "text", text: "{{q}}" }];
  const chat = renderTemplate({ type: "chat", messages: [{ role: "user", content: parts }] }, { q: "1" });
  expect(chat.template).toEqual({ type: "chat", messages: [{ role: "user", content: parts }] });
  expect(chat.problem).toMatch(/message 1 is not a text/);
  const jinja = renderTemplate(text("{% if a %}{{a}}{% endif %}"), { a: "1" });
  expect(renderedText(jinja.template)).toBe("{% if a %}{{a}}{% endif %}");
  expect(jinja.problem).toMatch(/Jinja2/);
});
