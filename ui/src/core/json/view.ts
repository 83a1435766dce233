// Shows a JSON text as rows of a tree with collapsible values.
import { KINDS, scan, type JsonIndex, type Kind } from "./scan";

export interface JsonRow {
  node: number;
  depth: number;
  /** The key in an object or the index in a list; `null` for the root. */
  key: string | number | null;
  kind: Kind;
  open: boolean;
  children: number;
  /** The displayed text; the beginning of a collapsed list or object. */
  shown: string;
  /** Number of characters that `shown` leaves out. */
  more: number;
}

const ALL_OPEN_MAX = 200;
const SHOWN_MAX = 1200;
const CLOSED_SHOWN_MAX = 120;
const HITS_MAX = 5000;

export class JsonView {
  private readonly index: JsonIndex;
  private readonly open: Uint8Array;
  private rowsNow: Int32Array;

  /** Throws if the text is not JSON. */
  constructor(text: string) {
    this.index = scan(text);
    const { count, depth, children } = this.index;
    this.open = new Uint8Array(count);
    for (let node = 0; node < count; node++) {
      const first = count <= ALL_OPEN_MAX || depth[node]! === 0 || (depth[node]! === 1 && children[node]! <= 20 && count <= 5000);
      this.open[node] = first && !this.isVector(node) ? 1 : 0;
    }
    this.rowsNow = this.visible();
  }

  get count(): number {
    return this.rowsNow.length;
  }

  get values(): number {
    return this.index.count;
  }

  rows(from: number, to: number): JsonRow[] {
    return Array.from(this.rowsNow.subarray(from, to), (node) => this.row(node));
  }

  setOpen(node: number, open: boolean): void {
    this.open[node] = open ? 1 : 0;
    this.rowsNow = this.visible();
  }

  setAllOpen(open: boolean): void {
    this.open.fill(open ? 1 : 0);
    this.open[0] = 1;
    this.rowsNow = this.visible();
  }

  /** Expands all ancestors of the value and returns its row. */
  reveal(node: number): number {
    for (let at = this.index.parent[node]!; 0 <= at; at = this.index.parent[at]!) this.open[at] = 1;
    this.rowsNow = this.visible();
    return this.rowOf(node);
  }

  rowOf(node: number): number {
    let low = 0;
    let high = this.rowsNow.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rowsNow[middle]! < node) low = middle + 1;
      else high = middle;
    }
    return this.rowsNow[low] === node ? low : -1;
  }

  /** Values whose key or text contains `text`, without duplicates. */
  find(text: string): number[] {
    if (!text) return [];
    // Searches for the JSON-escaped form of the text.
    const written = JSON.stringify(text).slice(1, -1);
    const pattern = new RegExp(written.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
    const hits: number[] = [];
    for (const found of this.index.text.matchAll(pattern)) {
      const node = this.nodeAt(found.index);
      if (node !== hits.at(-1)) hits.push(node);
      if (hits.length === HITS_MAX) break;
    }
    return hits;
  }

  /** `$.messages[3].content` */
  path(node: number): string {
    const { parent, kind, place } = this.index;
    const steps: string[] = [];
    for (let at = node; 0 <= parent[at]!; at = parent[at]!) {
      const key = this.keyOf(at);
      if (kind[parent[at]!] === 1) steps.push(`[${place[at]}]`);
      else steps.push(/^[A-Za-z_$][\w$]*$/.test(String(key)) ? `.${key}` : `[${JSON.stringify(key)}]`);
    }
    return `$${steps.reverse().join("")}`;
  }

  /** The source text of the value; for a string, its unescaped content. */
  value(node: number): string {
    const { text, from, to, kind } = this.index;
    const raw = text.slice(from[node], to[node]);
    return kind[node] === 2 ? unquote(raw) : raw;
  }

  private row(node: number): JsonRow {
    const { kind, depth, children, from, to } = this.index;
    const open = this.open[node] === 1 && 0 < children[node]!;
    const isContainer = kind[node]! < 2;
    const max = isContainer ? CLOSED_SHOWN_MAX : SHOWN_MAX;
    const length = to[node]! - from[node]!;
    return {
      node,
      depth: depth[node]!,
      key: this.keyOf(node),
      kind: KINDS[kind[node]!]!,
      open,
      children: children[node]!,
      shown: isContainer && open ? "" : this.beginning(node, max),
      more: isContainer ? 0 : Math.max(0, length - max),
    };
  }

  private beginning(node: number, max: number): string {
    const { text, from, to, kind, children } = this.index;
    if (this.isVector(node)) return vectorSummary(JSON.parse(text.slice(from[node], to[node])) as number[]);
    const whole = to[node]! - from[node]! <= max;
    const raw = text.slice(from[node]!, whole ? to[node] : from[node]! + max);
    if (kind[node] === 2) return whole ? unquote(raw) : unquote(`${withoutHalfEscape(raw)}"`);
    if (kind[node]! < 2 && children[node] === 0) return raw.replace(/\s+/g, "");
    return kind[node]! < 2 ? raw.replace(/\s+/g, " ") + (whole ? "" : "…") : raw;
  }

  /** Long lists of numbers are summarized. */
  private isVector(node: number): boolean {
    const { kind, children, end } = this.index;
    if (kind[node] !== 1 || children[node]! < 16 || end[node]! - node - 1 !== children[node]) return false;
    for (let at = node + 1; at < end[node]!; at++) if (kind[at] !== 3) return false;
    return true;
  }

  private keyOf(node: number): string | number | null {
    const { text, keyFrom, keyTo, parent, place } = this.index;
    if (0 <= keyFrom[node]!) return unquote(text.slice(keyFrom[node]!, keyTo[node]));
    return parent[node]! < 0 ? null : place[node]!;
  }

  private nodeAt(offset: number): number {
    const { keyFrom, from, count } = this.index;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const start = keyFrom[middle]! < 0 ? from[middle]! : keyFrom[middle]!;
      if (start <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private visible(): Int32Array {
    const { count, end } = this.index;
    const rows = new Int32Array(count);
    let found = 0;
    for (let node = 0; node < count; node = this.open[node] ? node + 1 : end[node]!) rows[found++] = node;
    return rows.subarray(0, found);
  }
}

/** `1,536 floats, norm 1.0` */
export function vectorSummary(numbers: number[]): string {
  const norm = Math.sqrt(numbers.reduce((sum, number) => sum + number * number, 0));
  const kind = numbers.every(Number.isInteger) ? "whole numbers" : "floats";
  return `${numbers.length.toLocaleString("en-US")} ${kind}, norm ${norm < 1000 ? Number(norm.toPrecision(3)).toFixed(Number.isInteger(Number(norm.toPrecision(3))) ? 1 : 2) : norm.toPrecision(4)}`;
}

function unquote(raw: string): string {
  try {
    return JSON.parse(raw) as string;
  } catch {
    // A control character that JSON does not allow is shown rather than hidden.
    return raw.slice(1, -1);
  }
}

function withoutHalfEscape(raw: string): string {
  const escape = /(\\+)(u[0-9a-fA-F]{0,3})?$/.exec(raw);
  return escape && escape[1]!.length % 2 === 1 ? raw.slice(0, -(escape[2]?.length ?? 0) - 1) : raw;
}
