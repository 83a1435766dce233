// Lists the files of each screen in the page, so that `boot.js` can have them loaded at once. Without the list, the browser learns
// of them only when all libraries have run.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin, Rollup } from "vite";

const ROUTER = new URL("../src/app/router.tsx", import.meta.url);
const SHELL = fileURLToPath(new URL("../src/app/Shell.tsx", import.meta.url));
const BOOT = '<script src="./boot.js">';
/** A line of the table of routes: the path of a screen, and its module. */
const ROUTE = /under\(shell, "(\/[^"]*)", \(\) => import\("([^"]+)"\)/g;

type Bundle = Record<string, Rollup.OutputChunk | Rollup.OutputAsset>;

export function screenFiles(): Plugin {
  return {
    name: "screen-files",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (html, { bundle, chunk }) => {
        const list = JSON.stringify(listFiles(bundle as Bundle, chunk as Rollup.OutputChunk));
        return html.replace(BOOT, `<script type="application/json" id="screen-files">${list}</script>\n    ${BOOT}`);
      },
    },
  };
}

/** `files`, and for each screen a pattern of its path and the positions of what it needs. Files of every page are left out. */
function listFiles(bundle: Bundle, entry: Rollup.OutputChunk) {
  const files: string[] = [];
  const position = (file: string) => (files.includes(file) ? files.indexOf(file) : files.push(file) - 1);
  const known = filesOf(bundle, entry);
  const screens = [...readFileSync(ROUTER, "utf8").matchAll(ROUTE)].map(([, path = "", module]) => {
    const needed = [SHELL, fileURLToPath(new URL(`${module}.tsx`, ROUTER))].flatMap((id) => [...filesOf(bundle, chunkOf(bundle, id))]);
    return [patternOf(path), [...new Set(needed)].filter((file) => !known.has(file)).map(position)] as const;
  });
  return { files, screens };
}

function chunkOf(bundle: Bundle, moduleId: string): Rollup.OutputChunk {
  const chunk = Object.values(bundle).find((it) => it.type === "chunk" && it.facadeModuleId === moduleId);
  if (chunk?.type !== "chunk") throw new Error(`${moduleId} has no file of its own`);
  return chunk;
}

/** The files of a chunk and of those that it imports, style sheets included. */
function filesOf(bundle: Bundle, chunk: Rollup.OutputChunk, found = new Set<string>()): Set<string> {
  if (found.has(chunk.fileName)) return found;
  found.add(chunk.fileName);
  for (const css of chunk.viteMetadata?.importedCss ?? []) found.add(css);
  for (const name of chunk.imports) {
    const imported = bundle[name];
    if (imported?.type === "chunk") filesOf(bundle, imported, found);
  }
  return found;
}

/** `/e/$e/traces` as a regular expression on the path below the root. */
function patternOf(path: string): string {
  return `^${path.slice(1).replace(/\$\w+/g, "[^/]+")}/?$`;
}
