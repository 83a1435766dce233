// A search that is too slow for one request: it goes back in time window by window, and reports its progress.
import type { Page } from "./pageList";
import type { SearchProgress } from "./searchProgress";
import type { Range } from "./timeRange";

/** A time range with both ends, in milliseconds, inclusive. */
export interface TimeWindow {
  from: number;
  to: number;
}

/** The number of traces to search, by time. */
export interface TraceCounts extends TimeWindow {
  bucketMs: number;
  /** Start of the first bucket. */
  startMs: number;
  counts: number[];
}

export interface SearchSource<T> {
  counts: (signal: AbortSignal) => Promise<TraceCounts>;
  page: (window: TimeWindow, token: string | null, signal: AbortSignal) => Promise<Page<T>>;
  /** Whether a request failed because its window was too large. */
  isTooMuch: (error: unknown) => boolean;
  nowMs: () => number;
}

/** Number of traces in the first window. */
const FIRST_TRACES = 2000;
const TRACES_MIN = 100;
/** Windows grow if they take less than this, and shrink if they take more than twice as long. */
const WINDOW_MS = 400;
const GROWTH = 4;

interface Place {
  window: TimeWindow;
  token: string | null;
}

/** Pages of matches, the newest first. A page may be short: matches are returned as soon as a window has some. */
export class WindowedSearch<T> {
  progress: (SearchProgress & { share: number }) | null = null;
  private range: Promise<TraceCounts> | null = null;
  private size = FIRST_TRACES;
  /** The window and token that each page was read from, so that reading it again returns the same rows. */
  private readonly found = new Map<string | null, Place>();
  private readonly listeners = new Set<() => void>();

  constructor(private readonly source: SearchSource<T>) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  fetch = async (pageToken: string | null, signal: AbortSignal): Promise<Page<T>> => {
    const counts = await this.readCounts(signal);
    let place = this.found.get(pageToken) ?? (pageToken ? decode(pageToken) : { window: this.windowBefore(counts, counts.to), token: null });
    for (;;) {
      const { window, token } = place;
      const started = this.source.nowMs();
      let page: Page<T>;
      try {
        page = await this.source.page(window, token, signal);
      } catch (error) {
        if (token !== null || this.size <= TRACES_MIN || !this.source.isTooMuch(error)) throw error;
        this.size = Math.max(TRACES_MIN, this.size / GROWTH);
        place = { window: this.windowBefore(counts, window.to), token: null };
        continue;
      }
      this.adapt(this.source.nowMs() - started);
      if (page.next !== null) {
        this.found.set(pageToken, place);
        return { rows: page.rows, next: encode({ window, token: page.next }) };
      }
      this.searched(counts, window.from);
      const isLast = window.from <= counts.from;
      const next = isLast ? null : { window: this.windowBefore(counts, window.from - 1), token: null };
      if (page.rows.length > 0 || next === null) {
        this.found.set(pageToken, place);
        return { rows: page.rows, next: next && encode(next) };
      }
      place = next;
    }
  };

  /** Reads the counts once. A failed request is repeated with the next page. */
  private async readCounts(signal: AbortSignal): Promise<TraceCounts> {
    const range = (this.range ??= this.source.counts(signal));
    try {
      return await range;
    } catch (error) {
      this.range = null;
      throw error;
    }
  }

  private adapt(tookMs: number): void {
    if (tookMs < WINDOW_MS) this.size *= GROWTH;
    else if (2 * WINDOW_MS < tookMs) this.size = Math.max(TRACES_MIN, this.size / 2);
  }

  private searched(counts: TraceCounts, backToMs: number): void {
    if (this.progress && this.progress.backToMs <= backToMs) return;
    const total = tracesBetween(counts, counts.from, counts.to);
    const share = total === 0 || backToMs <= counts.from ? 1 : tracesBetween(counts, backToMs, counts.to) / total;
    this.progress = { backToMs: Math.max(backToMs, counts.from), share };
    for (const listener of this.listeners) listener();
  }

  /** The window that ends at `to` and has about `size` traces. */
  private windowBefore(counts: TraceCounts, to: number): TimeWindow {
    let wanted = this.size;
    for (let at = counts.counts.length - 1; 0 <= at; at--) {
      const start = counts.startMs + at * counts.bucketMs;
      if (to < start) continue;
      const inside = tracesBetween(counts, start, Math.min(to, start + counts.bucketMs - 1));
      if (wanted <= inside && 0 < inside) {
        const end = Math.min(to, start + counts.bucketMs - 1);
        return { from: Math.max(counts.from, Math.round(end - (end - start) * (wanted / inside))), to };
      }
      wanted -= inside;
    }
    return { from: counts.from, to };
  }
}

/** The estimated number of traces in a time range, as if the traces of a bucket were spread evenly. */
function tracesBetween({ startMs, bucketMs, counts }: TraceCounts, from: number, to: number): number {
  return counts.reduce((sum, count, at) => {
    const start = startMs + at * bucketMs;
    const part = Math.min(to + 1, start + bucketMs) - Math.max(from, start);
    return sum + count * Math.min(1, Math.max(0, part / bucketMs));
  }, 0);
}

function encode({ window, token }: Place): string {
  return `${window.from}:${window.to}:${token ?? ""}`;
}

function decode(text: string): Place {
  const [from, to, ...token] = text.split(":");
  return { window: { from: Number(from), to: Number(to) }, token: token.join(":") || null };
}

/** The time range to search: the requested ends, or those of the existing traces where an end is open. */
export function searchedRange({ from, to }: Range, oldestMs: number | null, newestMs: number | null, nowMs: number): TimeWindow {
  return { from: from ?? oldestMs ?? 0, to: to ?? Math.max(newestMs ?? 0, nowMs) };
}
