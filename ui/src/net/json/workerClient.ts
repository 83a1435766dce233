// One worker per large text. Pages of rows are cached until a node is expanded or collapsed.
import workerUrl from "./worker.ts?worker&url";
import type { JsonSource } from "../../core/json/source";
import type { JsonRow } from "../../core/json/view";
import type { WorkerResults, WorkerReply, WorkerRequest } from "../../core/json/workerProtocol";

const PAGE = 100;

// The page's Trusted Types policy forbids plain strings as script URLs.
interface ScriptUrls {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL: (url: string) => unknown };
}
const scriptUrls = (globalThis as { trustedTypes?: ScriptUrls }).trustedTypes?.createPolicy("kansoku-worker", {
  createScriptURL: (url) => {
    if (new URL(url).origin !== location.origin) throw new TypeError("workers come from this server");
    return url;
  },
});

function startWorker(): Worker {
  const url = new URL(workerUrl, location.href).href;
  return new Worker((scriptUrls?.createScriptURL(url) ?? url) as string, { type: "module" });
}

class WorkerConnection {
  private readonly worker = startWorker();
  private readonly waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  private last = 0;

  constructor() {
    this.worker.addEventListener("message", ({ data }: MessageEvent<WorkerReply>) => {
      const pending = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if ("error" in data) pending?.reject(new Error(data.error));
      else pending?.resolve(data.result as never);
    });
    this.worker.addEventListener("error", () => this.fail("the worker that reads JSON did not start"));
  }

  request<R extends WorkerRequest>(request: R): Promise<WorkerResults[R["op"]]> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ ...request, id });
    });
  }

  close(): void {
    this.worker.terminate();
    this.fail("closed");
  }

  private fail(why: string): void {
    for (const { reject } of this.waiting.values()) reject(new Error(why));
    this.waiting.clear();
  }
}

/** Opens a large text; rejects if it is not JSON. */
export async function openJson(text: string): Promise<JsonSource> {
  const line = new WorkerConnection();
  try {
    const { count } = await line.request({ op: "open", text });
    return new WorkerSource(line, count);
  } catch (error) {
    line.close();
    throw error;
  }
}

/** Parses a large response about a span and truncates its large values. */
export async function parseSpan(text: string): Promise<unknown> {
  const line = new WorkerConnection();
  try {
    return await line.request({ op: "parseSpan", text });
  } finally {
    line.close();
  }
}

class WorkerSource implements JsonSource {
  version = 0;
  private pages = new Map<number, JsonRow[] | "loading">();
  private readonly listeners = new Set<() => void>();

  constructor(private readonly line: WorkerConnection, public count: number) {}

  row = (at: number): JsonRow | null => {
    const page = Math.floor(at / PAGE);
    const rows = this.pages.get(page);
    if (rows === undefined) void this.load(page);
    return rows === undefined || rows === "loading" ? null : (rows[at - page * PAGE] ?? null);
  };
  setOpen = async (node: number, open: boolean) => this.reset((await this.line.request({ op: "setOpen", node, open })).count);
  setAllOpen = async (open: boolean) => this.reset((await this.line.request({ op: "setAllOpen", open })).count);
  find = (text: string) => this.line.request({ op: "find", text });
  reveal = async (node: number) => {
    const { count, row } = await this.line.request({ op: "reveal", node });
    this.reset(count);
    return row;
  };
  path = (node: number) => this.line.request({ op: "path", node });
  value = (node: number) => this.line.request({ op: "value", node });
  close = () => this.line.close();
  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private async load(page: number): Promise<void> {
    const pages = this.pages;
    pages.set(page, "loading");
    const rows = await this.line.request({ op: "rows", from: page * PAGE, to: (page + 1) * PAGE }).catch(() => []);
    pages.set(page, rows);
    if (pages === this.pages) this.tell();
  }

  private reset(count: number): void {
    this.count = count;
    this.pages = new Map();
    this.tell();
  }

  private tell(): void {
    this.version++;
    for (const listener of this.listeners) listener();
  }
}
