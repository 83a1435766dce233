// A long list that is loaded forwards page by page, and keeps only recently visible pages in memory.
import type { SearchProgress } from "./searchProgress";

/** A row that is identified by its trace. */
export interface Row {
  trace_id: string;
}

export function traceKey(row: Row): string {
  return row.trace_id;
}

export interface Page<T> {
  rows: T[];
  next: string | null;
  /** If the server's time was up before the page was full: all rows since this time were searched. */
  coveredFromMs?: number;
}

interface Slot<T> {
  token: string | null;
  /** `null` after the page was dropped; its length is kept. */
  rows: T[] | null;
  length: number;
  used: number;
}

export interface PageListOptions<T> {
  fetch: (token: string | null, signal: AbortSignal) => Promise<Page<T>>;
  /** The id of a row. */
  key: (row: T) => string;
  /** Maximum number of pages in memory. */
  pagesMax?: number;
}

/** What a table needs of its rows. */
export type RowList<T> = Pick<PageList<T>, "length" | "whole" | "version" | "row" | "indexOf" | "key" | "need">;

export class PageList<T> {
  private slots: Slot<T>[] = [];
  /** Rows that arrived after the first page was read. */
  private head: T[] = [];
  private next: string | null = null;
  private loading = new Map<string, AbortController>();
  private listeners = new Set<() => void>();
  private clock = 0;
  private closed = false;
  /** Nothing more is loaded until `resume`; loaded pages stay. */
  stopped = false;
  private readonly pagesMax: number;
  readonly key: (row: T) => string;
  /** Incremented whenever the displayed rows change. */
  version = 0;
  error: unknown = null;
  /** How far back the server has searched, if its time was up before the last page was full. */
  progress: SearchProgress | null = null;
  /** New rows that are held back; see `hold`. */
  waiting: T[] = [];
  /** Events were missed: the list is outdated until it is reloaded. */
  behind = false;

  constructor(private readonly options: PageListOptions<T>) {
    this.pagesMax = options.pagesMax ?? 40;
    this.key = options.key;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Number of known rows, in memory or not. */
  get length(): number {
    return this.head.length + this.slots.reduce((sum, slot) => sum + slot.length, 0);
  }

  /** The first page is loaded. */
  get ready(): boolean {
    return this.slots.length > 0;
  }

  /** The last page is loaded. */
  get whole(): boolean {
    return this.ready && this.next === null;
  }

  get busy(): boolean {
    return this.loading.size > 0;
  }

  row(index: number): T | null {
    const place = this.place(index);
    return place ? place.rows?.[place.at] ?? null : null;
  }

  indexOf(key: string): number {
    let before = 0;
    for (const part of this.parts()) {
      const at = part.rows?.findIndex((row) => this.key(row) === key) ?? -1;
      if (0 <= at) return before + at;
      before += part.length;
    }
    return -1;
  }

  /** All rows in memory, in order. */
  kept(): T[] {
    return [...this.parts()].flatMap((part) => part.rows ?? []);
  }

  /** Loads these rows; call it with the visible range. */
  need(first: number, last: number): void {
    if (this.closed || this.stopped || this.error) return;
    this.clock += 1;
    let begin = this.head.length;
    for (const slot of this.slots) {
      if (begin <= last && first < begin + slot.length) {
        slot.used = this.clock;
        if (!slot.rows) this.load(slot.token, slot);
      }
      begin += slot.length;
    }
    if (begin <= last + 1 && this.next !== null) this.load(this.next);
    else if (!this.ready) this.load(null);
  }

  /** Replaces rows that changed; rows not in the list are ignored. */
  update(rows: T[]): void {
    const changed = new Map(rows.map((row) => [this.key(row), row]));
    const put = (list: T[]) => list.map((row) => changed.get(this.key(row)) ?? row);
    this.head = put(this.head);
    this.waiting = put(this.waiting);
    for (const slot of this.slots) if (slot.rows) slot.rows = put(slot.rows);
    this.tell();
  }

  remove(ids: Iterable<string>): void {
    const gone = new Set(ids);
    const rest = (list: T[]) => list.filter((row) => !gone.has(this.key(row)));
    this.head = rest(this.head);
    this.waiting = rest(this.waiting);
    for (const slot of this.slots) {
      if (!slot.rows) continue;
      slot.rows = rest(slot.rows);
      slot.length = slot.rows.length;
    }
    this.tell();
  }

  /** Adds new rows, newest first, that are not shown yet. */
  hold(rows: T[]): void {
    const fresh = rows.filter((row) => this.indexOf(this.key(row)) < 0);
    const ids = new Set(fresh.map((row) => this.key(row)));
    this.waiting = [...fresh, ...this.waiting.filter((row) => !ids.has(this.key(row)))];
    this.tell();
  }

  /** Moves the waiting rows to the front. */
  admit(): void {
    this.head = [...this.waiting.filter((row) => this.indexOf(this.key(row)) < 0), ...this.head];
    this.waiting = [];
    this.tell();
  }

  fallBehind(): void {
    this.behind = true;
    this.tell();
  }

  retry(): void {
    this.error = null;
    this.tell();
  }

  open(): void {
    this.closed = false;
  }

  /** Cancels pending requests; the list may be opened again. */
  close(): void {
    this.closed = true;
    this.cancel();
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
    this.tell();
  }

  resume(): void {
    this.stopped = false;
    this.tell();
  }

  private cancel(): void {
    for (const controller of this.loading.values()) controller.abort();
    this.loading.clear();
  }

  private load(token: string | null, slot?: Slot<T>): void {
    const key = token ?? "";
    if (this.loading.has(key)) return;
    const controller = new AbortController();
    this.loading.set(key, controller);
    this.options.fetch(token, controller.signal).then(
      (page) => {
        if (this.loading.get(key) !== controller) return;
        this.loading.delete(key);
        this.take(token, page, slot);
        this.tell();
      },
      (error: unknown) => {
        if (this.loading.get(key) !== controller) return;
        this.loading.delete(key);
        this.error = error;
        this.tell();
      },
    );
  }

  private take(token: string | null, page: Page<T>, slot: Slot<T> | undefined): void {
    const there = new Set(this.head.map((row) => this.key(row)));
    const rows = page.rows.filter((row) => !there.has(this.key(row)));
    if (slot) {
      slot.rows = rows;
      slot.length = rows.length;
    } else {
      this.slots.push({ token, rows, length: rows.length, used: this.clock });
      this.next = page.next;
      this.progress = page.coveredFromMs === undefined ? null : { backToMs: page.coveredFromMs, share: null };
    }
    this.forget();
  }

  /** Drops the pages that have been invisible for the longest time. */
  private forget(): void {
    const kept = this.slots.filter((slot) => slot.rows);
    kept.sort((a, b) => b.used - a.used);
    for (const slot of kept.slice(this.pagesMax)) slot.rows = null;
  }

  private *parts(): Generator<{ rows: T[] | null; length: number }> {
    yield { rows: this.head, length: this.head.length };
    yield* this.slots;
  }

  private place(index: number): { rows: T[] | null; at: number } | null {
    let at = index;
    for (const part of this.parts()) {
      if (at < part.length) return { rows: part.rows, at };
      at -= part.length;
    }
    return null;
  }

  private tell(): void {
    this.version += 1;
    for (const listener of this.listeners) listener();
  }
}
