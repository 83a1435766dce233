import { expect, test } from "vitest";
import { conditions, hasCondition, idsAsFilter, intersect, replaceCondition, searchesText, withCondition, withoutCondition } from "./edit";

const texts = (q: string) => conditions(q).map((one) => one.text);

test("conditions are the parts of the outermost AND", () => {
  expect(texts("a = '1' AND (b = '2' OR c = '3') AND NOT d = '4'")).toEqual(["a = '1'", "(b = '2' OR c = '3')", "NOT d = '4'"]);
  expect(texts("a = '1' OR b = '2' AND c = '3'")).toHaveLength(1);
  expect(texts("(a = '1' AND b = '2')")).toEqual(["(a = '1' AND b = '2')"]);
  expect(texts("a = ")).toEqual(["a ="]);
  expect(texts(" ")).toEqual([]);
});

test("a condition is added only once, and an OR gets parentheses", () => {
  expect(withCondition("", "a = '1'")).toBe("a = '1'");
  expect(withCondition("a = '1'", "b = '2'")).toBe("a = '1' AND b = '2'");
  expect(withCondition("a  =  '1'", "a = '1'")).toBe("a  =  '1'");
  expect(withCondition("a = '1' OR b = '2'", "c = '3'")).toBe("(a = '1' OR b = '2') AND c = '3'");
  expect(withCondition("(a = '1' OR b = '2')", "c = '3'")).toBe("(a = '1' OR b = '2') AND c = '3'");
  expect(withCondition("NOT a = '1'", "c = '3'")).toBe("NOT a = '1' AND c = '3'");
});

test("a condition can be removed or replaced, and the rest is kept", () => {
  expect(withoutCondition("a = '1' AND b = '2' AND c = '3'", "b = '2'")).toBe("a = '1' AND c = '3'");
  expect(withoutCondition("a = '1'", "a = '1'")).toBe("");
  expect(replaceCondition("a = '1' AND b = '2'", 1, "b = '5'")).toBe("a = '1' AND b = '5'");
  expect(replaceCondition("a = '1' AND b = '2'", 0, null)).toBe("b = '2'");
  expect(hasCondition("a = '1' AND b = '2'", "b  = '2'")).toBe(true);
});

test("joining filters keeps their meaning", () => {
  expect(intersect("a = '1' OR b = '2'", "c = '3'")).toBe("(a = '1' OR b = '2') AND (c = '3')");
  expect(intersect("", "c = '3'")).toBe("c = '3'");
});

test("pasted ids become a filter, other text does not", () => {
  expect(idsAsFilter("tr-1\ntr-2\n")).toBe("request_id IN ('tr-1', 'tr-2')");
  expect(idsAsFilter("'tr-1'")).toBe("request_id = 'tr-1'");
  expect(idsAsFilter("tr-1 or so")).toBeNull();
  expect(idsAsFilter("")).toBeNull();
});

test("filters that search texts are detected", () => {
  expect(["\"refund\"", "status = 'OK' AND NOT error CONTAINS 'x'", "name LIKE 'a%' OR cost > 1"].map(searchesText)).toEqual([true, true, true]);
  expect(["inputs.customer_id = 'c'", "outputs.score > 1 AND status = 'OK'", "span.attributes.k = 'v'"].map(searchesText)).toEqual([true, true, true]);
  expect(["", "status = 'OK'", "cost > 1 AND (user = 'a' OR user = 'b')", "name LIKE"].map(searchesText)).toEqual([false, false, false, false]);
});
