import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const FILES = readdirSync(new URL(".", import.meta.url), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".css"));

/** The classes of a style sheet that selectors begin with. */
function classesIn(file: string): string[] {
  const css = readFileSync(new URL(file, import.meta.url), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  return [...css.matchAll(/([^{}]+)\{/g)].flatMap(([, selectors]) => selectors!.split(",")).flatMap((selector) => /^\s*\.([\w-]+)/.exec(selector)?.[1] ?? []);
}

// Style sheets of screens stay when another screen is shown.
test("no two screens style the same class", () => {
  const shared = new Set(FILES.filter((file) => !file.startsWith("screens/")).flatMap(classesIn));
  const screens = new Map<string, Set<string>>();
  for (const file of FILES.filter((file) => file.startsWith("screens/"))) {
    for (const name of classesIn(file)) {
      if (!shared.has(name)) screens.set(name, new Set([...(screens.get(name) ?? []), file.split("/")[1]!]));
    }
  }
  expect(screens.size).toBeGreaterThan(100);
  expect([...screens].filter(([, of]) => of.size > 1).map(([name]) => name)).toEqual([]);
});
