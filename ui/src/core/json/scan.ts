// Indexes where every value of a JSON text begins and ends. No objects are built: ten megabytes are read once,
// and displayed values are slices of the text, so numbers keep all their digits.

export const KINDS = ["object", "array", "string", "number", "boolean", "null"] as const;
export type Kind = (typeof KINDS)[number];

export interface JsonIndex {
  text: string;
  /** Number of values, in the order of the text: a container comes before its members. */
  count: number;
  kind: Uint8Array;
  depth: Uint16Array;
  parent: Int32Array;
  /** Index after the last value inside. */
  end: Int32Array;
  children: Int32Array;
  /** Index of each value among its siblings. */
  place: Int32Array;
  from: Int32Array;
  to: Int32Array;
  /** Offset where the key begins, including its quotes; -1 in arrays and for the root. */
  keyFrom: Int32Array;
  keyTo: Int32Array;
}

const DEPTH_MAX = 2000;

export class JsonSyntaxError extends Error {
  constructor(readonly at: number) {
    super(`invalid JSON at character ${at}`);
  }
}

export function scan(text: string): JsonIndex {
  const made = new Columns();
  const stack: number[] = [];
  let at = skipSpace(text, 0);
  let keyFrom = -1;
  let keyTo = -1;
  for (;;) {
    // A value begins here.
    const node = made.add(stack.at(-1) ?? -1, stack.length, at, keyFrom, keyTo);
    keyFrom = keyTo = -1;
    const char = text.charCodeAt(at);
    if (char === 0x7b || char === 0x5b) {
      const close = char === 0x7b ? 0x7d : 0x5d;
      made.kind[node] = char === 0x7b ? 0 : 1;
      const inside = skipSpace(text, at + 1);
      if (text.charCodeAt(inside) !== close) {
        if (DEPTH_MAX < stack.push(node)) throw new JsonSyntaxError(at);
        at = inside;
        if (char === 0x7b) [keyFrom, keyTo, at] = key(text, at);
        continue;
      }
      at = inside + 1;
    } else {
      at = scalar(text, at, made.kind, node);
    }
    made.close(node, at);
    // A comma, or the end of its container, follows.
    for (;;) {
      at = skipSpace(text, at);
      const open = stack.at(-1);
      if (open === undefined) {
        if (at !== text.length) throw new JsonSyntaxError(at);
        return made.index(text);
      }
      const isObject = made.kind[open] === 0;
      const next = text.charCodeAt(at);
      if (next === 0x2c) {
        at = skipSpace(text, at + 1);
        if (isObject) [keyFrom, keyTo, at] = key(text, at);
        break;
      }
      if (next !== (isObject ? 0x7d : 0x5d)) throw new JsonSyntaxError(at);
      at++;
      made.close(open, at);
      stack.pop();
    }
  }
}

function skipSpace(text: string, at: number): number {
  for (;;) {
    const char = text.charCodeAt(at);
    if (char !== 0x20 && char !== 0x0a && char !== 0x0d && char !== 0x09) return at;
    at++;
  }
}

function key(text: string, at: number): [from: number, to: number, valueAt: number] {
  if (text.charCodeAt(at) !== 0x22) throw new JsonSyntaxError(at);
  const to = endOfString(text, at);
  const colon = skipSpace(text, to);
  if (text.charCodeAt(colon) !== 0x3a) throw new JsonSyntaxError(colon);
  return [at, to, skipSpace(text, colon + 1)];
}

/** Offset after the closing quote. */
function endOfString(text: string, at: number): number {
  for (let quote = at; ; ) {
    quote = text.indexOf('"', quote + 1);
    if (quote < 0) throw new JsonSyntaxError(at);
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return quote + 1;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS: [string, number][] = [["true", 4], ["false", 4], ["null", 5]];

function scalar(text: string, at: number, kind: Uint8Array, node: number): number {
  if (text.charCodeAt(at) === 0x22) {
    kind[node] = 2;
    return endOfString(text, at);
  }
  for (const [word, of] of WORDS) {
    if (text.startsWith(word, at)) {
      kind[node] = of;
      return at + word.length;
    }
  }
  NUMBER.lastIndex = at;
  if (!NUMBER.test(text)) throw new JsonSyntaxError(at);
  kind[node] = 3;
  return NUMBER.lastIndex;
}

/** Typed arrays that grow as values are added. */
class Columns {
  private room = 256;
  private count = 0;
  kind = new Uint8Array(this.room);
  private depth = new Uint16Array(this.room);
  private numbers = { parent: new Int32Array(this.room), end: new Int32Array(this.room), children: new Int32Array(this.room), place: new Int32Array(this.room), from: new Int32Array(this.room), to: new Int32Array(this.room), keyFrom: new Int32Array(this.room), keyTo: new Int32Array(this.room) };

  add(parent: number, depth: number, from: number, keyFrom: number, keyTo: number): number {
    if (this.count === this.room) this.grow();
    const node = this.count++;
    const { numbers } = this;
    this.depth[node] = depth;
    numbers.parent[node] = parent;
    numbers.from[node] = from;
    numbers.keyFrom[node] = keyFrom;
    numbers.keyTo[node] = keyTo;
    if (0 <= parent) numbers.place[node] = numbers.children[parent]!++;
    return node;
  }

  close(node: number, to: number): void {
    this.numbers.to[node] = to;
    this.numbers.end[node] = this.count;
  }

  index(text: string): JsonIndex {
    const { count, kind, depth, numbers } = this;
    return { text, count, kind, depth, ...numbers };
  }

  private grow(): void {
    this.room *= 2;
    const larger = <T extends Uint8Array | Uint16Array | Int32Array>(from: T, to: T): T => (to.set(from), to);
    this.kind = larger(this.kind, new Uint8Array(this.room));
    this.depth = larger(this.depth, new Uint16Array(this.room));
    for (const name of Object.keys(this.numbers) as (keyof typeof this.numbers)[]) {
      this.numbers[name] = larger(this.numbers[name], new Int32Array(this.room));
    }
  }
}
