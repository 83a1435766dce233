// Messages between a screen and the worker that holds a large JSON text.
import type { JsonRow } from "./view";

export type WorkerRequest =
  | { op: "open"; text: string }
  | { op: "rows"; from: number; to: number }
  | { op: "setOpen"; node: number; open: boolean }
  | { op: "setAllOpen"; open: boolean }
  | { op: "find"; text: string }
  | { op: "reveal"; node: number }
  | { op: "path" | "value"; node: number }
  | { op: "parseSpan"; text: string };

export interface WorkerResults {
  open: { count: number };
  rows: JsonRow[];
  setOpen: { count: number };
  setAllOpen: { count: number };
  find: number[];
  reveal: { count: number; row: number };
  path: string;
  value: string;
  parseSpan: unknown;
}

export type WorkerMessage = WorkerRequest & { id: number };
export type WorkerReply = { id: number; result: unknown } | { id: number; error: string };
