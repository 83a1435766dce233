import { readdirSync } from "node:fs";
import js from "@eslint/js";
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

/** A layer may import from layers before it, never from those after it. `ui/` has components that any screen uses. */
const LAYERS = ["core", "net", "ui", "screens", "app"];
const SCREENS = readdirSync(new URL("src/screens", import.meta.url));

const FORBIDDEN_IMPORTS = [
  ...LAYERS.flatMap((layer, at) => LAYERS.slice(at + 1).map((upper) => ({
    target: `./src/${layer}`,
    from: `./src/${upper}`,
    message: `${layer}/ is below ${upper}/: move what both need down.`,
  }))),
  ...LAYERS.map((layer) => ({ target: `./src/${layer}`, from: "./src/main.tsx" })),
  ...SCREENS.map((screen) => ({
    target: `./src/screens/${screen}`,
    from: "./src/screens",
    except: [`./${screen}`],
    message: "Screens do not import each other: what two need belongs in ui/.",
  })),
];

/** Globals of the page that core/ must not use, since it also runs in workers and in tests without a DOM. */
const DOM_GLOBALS = [
  "window", "document", "location", "history", "navigator", "localStorage", "sessionStorage", "matchMedia", "fetch",
  "EventSource", "Worker", "HTMLElement", "Element", "Node", "Event", "KeyboardEvent", "DOMParser", "requestAnimationFrame", "getComputedStyle",
];
const DOM_PACKAGES = ["react", "react-dom", "react-dom/*", "@tanstack/*", "radix-ui", "lucide-react", "uplot"];

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/core/schema.d.ts", "test-results", "screenshots"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ["src/**/*.{ts,tsx}", "e2e/**/*.ts"],
    plugins: { "react-hooks": reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      // The rule is for the React compiler, which is not used here.
      "react-hooks/incompatible-library": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      // Content of traces is untrusted: it is shown as text, never parsed as HTML.
      "no-restricted-properties": [
        "error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({ property })),
      ],
      "no-restricted-syntax": [
        "error",
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: "Show text as text.",
        },
      ],
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { "import-x": importX },
    settings: { "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".tsx", ".d.ts"] })] },
    rules: { "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones: FORBIDDEN_IMPORTS }] },
  },
  {
    files: ["src/core/**/*.ts"],
    rules: {
      "no-restricted-globals": ["error", ...DOM_GLOBALS],
      "no-restricted-imports": ["error", { patterns: [{ group: DOM_PACKAGES, message: "core/ knows no DOM." }] }],
    },
  },
  // React's rules mistake the fixture function of Playwright for a hook.
  { files: ["e2e/**/*.ts"], rules: { "react-hooks/rules-of-hooks": "off" } },
  { files: ["public/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["scripts/**/*.mjs", "*.config.*"], languageOptions: { globals: globals.node } },
  { files: ["bench/**/*.mjs"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
);
