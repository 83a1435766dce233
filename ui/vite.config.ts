import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { screenFiles } from "./scripts/screenFiles";

const server = process.env.KANSOKU_URL ?? "http://127.0.0.1:5000";
const api = { target: server, changeOrigin: false };

/** Where the modules of the page that notebooks embed begin. */
const NOTEBOOK_ROOTS = ["main.tsx", "screens/embed/Embed.tsx", "ui/trace/TraceView.tsx"].map((file) => fileURLToPath(new URL(`src/${file}`, import.meta.url)));

interface ModuleGraph {
  getModuleInfo: (id: string) => { importedIds: readonly string[] } | null;
}

let found: Set<string> | null = null;

/** All modules that the page for notebooks imports. The graph is complete when chunks are made. */
function notebookModules(graph: ModuleGraph): Set<string> {
  if (found) return found;
  found = new Set();
  const left = [...NOTEBOOK_ROOTS];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    left.push(...(graph.getModuleInfo(id)?.importedIds ?? []));
  }
  return found;
}

export default defineConfig({
  plugins: [react(), screenFiles()],
  // Relative, so that the same files work below any path a proxy gives them.
  base: "./",
  build: {
    outDir: "dist/site",
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // Code that most screens need is bundled into three files instead of thirty small ones. The page that notebooks
          // embed does not load `screens`.
          groups: [
            { name: "libraries", test: /node_modules\/(?!(uplot|marked|diff|papaparse|@dagrejs)\/)/, priority: 2 },
            { name: (id, graph) => (notebookModules(graph).has(id) ? "frame" : "screens"), debugName: "shared", test: /\/src\//, minShareCount: 3, priority: 1 },
          ],
        },
      },
    },
    // Data URIs in style sheets would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
  },
  server: { proxy: { "/api": api, "/ajax-api": api, "/version": api, "/health": api } },
  test: { environment: "node", include: ["src/**/*.test.{ts,tsx}"] },
});
