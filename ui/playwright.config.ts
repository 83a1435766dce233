import { defineConfig } from "@playwright/test";

// Runs the screens in a real browser against the real server, filled by real clients (see e2e/setup.ts).
export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/setup.ts",
  outputDir: "test-results",
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  retries: process.env.CI ? 1 : 0,
  forbidOnly: !!process.env.CI,
  reporter: [["list"]],
  use: {
    viewport: { width: 1440, height: 900 },
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.KANSOKU_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        // Requests to other hosts fail, and the tests report them.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
      ],
    },
  },
});
