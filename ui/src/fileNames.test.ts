import { readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { expect, test } from "vitest";

const FILES = readdirSync(new URL(".", import.meta.url), { recursive: true, encoding: "utf8" }).filter((file) => /\.(tsx?|css)$/.test(file));

function grouped(keyOf: (file: string) => string): string[][] {
  const groups = new Map<string, string[]>();
  for (const file of FILES) groups.set(keyOf(file), [...(groups.get(keyOf(file)) ?? []), file]);
  return [...groups.values()].filter((files) => files.length > 1);
}

test("no two files have the same name", () => {
  expect(FILES.length).toBeGreaterThan(100);
  expect(grouped((file) => basename(file))).toEqual([]);
});

test("no two modules of a folder have names that differ only in case", () => {
  const stem = (file: string) => `${dirname(file)}/${basename(file).replace(/(\.d)?\.tsx?$/, "").toLowerCase()}`;
  expect(grouped((file) => (file.endsWith(".css") ? file : stem(file)))).toEqual([]);
});
