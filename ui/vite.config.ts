import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.KANSOKU_URL ?? "http://127.0.0.1:5000";
const api = { target: server, changeOrigin: false };

export default defineConfig({
  plugins: [react()],
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
          // Code that most screens need is bundled into three files instead of thirty small ones. A page that shows a
          // single trace, as in notebooks, does not load the one for lists.
          groups: [
            { name: "libraries", test: /node_modules\/(?!(uplot|marked|diff|papaparse|@dagrejs)\/)/, priority: 3 },
            { name: "print", test: /src\/core\/filter\/print/, priority: 4 },
            { name: "frame", test: /src\/((app|core|net)\/(?!agreement|analytics|chart|dataset|filterText|issue|joinFilters|labelSchemas|review|runs?\.|snippets|steps|trafficChart|json\/exactJson|filter\/(?!print)|timeRange)|ui\/(?!address\/(tracesTarget|TracesLink|useRangeKeys|useTimeRange)|chart|curate\/|firstTrace\/|PlainTraceTable|trace\/|text\/|json\/|filter\/|scope\/|steps\/|table\/|TimeRange))/, minShareCount: 3, priority: 2 },
            { name: "lists", test: /src\/(core\/(filter\/(?!print)|timeRange)|ui\/(filter|scope|steps|table)\/|ui\/TimeRange)/, minShareCount: 3, priority: 1 },
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
