import { readdirSync, statSync } from "node:fs";
import { expect, test } from "vitest";

test("the fonts are small, and their licences are beside them", () => {
  const files = readdirSync(import.meta.dirname);
  const bytes = files.filter((file) => file.endsWith(".woff2")).map((file) => statSync(`${import.meta.dirname}/${file}`).size);
  expect(bytes).toHaveLength(2);
  expect(bytes.reduce((sum, size) => sum + size)).toBeLessThan(60_000);
  expect(files.filter((file) => file.startsWith("OFL-"))).toHaveLength(2);
});
