// Starts the real binary on a free port with a temporary data folder.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const ROOT = resolve(import.meta.dirname, "../..");

export interface Server {
  url: string;
  stop: () => Promise<void>;
}

/** The binary that the tests run: `KANSOKU_BIN`, or the debug build. */
export function binary(): string {
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
  const path = process.env.KANSOKU_BIN ?? join(target, "debug/kansoku");
  if (!existsSync(path)) throw new Error(`there is no ${path}: build it by \`cargo build --package kansoku-cli\``);
  return path;
}

/** A Python with MLflow: `KANSOKU_PYTHON`, which `make e2e` sets. */
export function python(): string {
  const path = process.env.KANSOKU_PYTHON;
  if (!path) throw new Error("KANSOKU_PYTHON must name a Python with mlflow; `make test-ui` sets it");
  return path;
}

export async function startServer(args: string[] = []): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), "kansoku-e2e-"));
  const port = await freePort();
  const child = spawn(
    binary(),
    ["serve", "--data", data, "--port", String(port), "--grpc-port", "off", "--ui-dir", join(ROOT, "ui/dist/site"), ...args],
    { stdio: ["ignore", "ignore", "pipe"], env: settingsOfNobody() },
  );
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000)));
  const url = `http://127.0.0.1:${port}`;
  for (const giveUp = Date.now() + 30_000; ; ) {
    if (child.exitCode !== null || giveUp < Date.now()) throw new Error(`the server did not start:\n${log}`);
    if (await fetch(`${url}/health`).then((it) => it.ok, () => false)) break;
    await new Promise((wait) => setTimeout(wait, 50));
  }
  return {
    url,
    stop: async () => {
      await ended(child);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** The environment without the tests' own variables, since the binary reads every `KANSOKU_…` as a setting. */
function settingsOfNobody(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("KANSOKU_")));
}

/** Runs a program and returns its output. */
export async function run(program: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, {
    // The client's telemetry changes the environment in a thread, while other threads read it.
    env: { ...settingsOfNobody(), MLFLOW_DISABLE_TELEMETRY: "true", ...env },
    maxBuffer: 16 << 20,
    timeout: 300_000,
  });
  return stdout;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  await exit;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((ready) => probe.listen(0, "127.0.0.1", ready));
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
