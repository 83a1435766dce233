// Rows of a JSON text for the screen, computed on the main thread, or by a worker if the text is large.
import { JsonView, type JsonRow } from "./view";

export interface JsonSource {
  readonly count: number;
  /** Incremented whenever the rows change. */
  readonly version: number;
  /** `null` while it is loading. */
  row: (at: number) => JsonRow | null;
  setOpen: (node: number, open: boolean) => Promise<void>;
  setAllOpen: (open: boolean) => Promise<void>;
  find: (text: string) => Promise<number[]>;
  reveal: (node: number) => Promise<number>;
  path: (node: number) => Promise<string>;
  value: (node: number) => Promise<string>;
  subscribe: (listener: () => void) => () => void;
  close: () => void;
}

export class LocalSource implements JsonSource {
  version = 0;
  private readonly view: JsonView;
  private readonly listeners = new Set<() => void>();

  /** Throws if the text is not JSON. */
  constructor(text: string) {
    this.view = new JsonView(text);
  }

  get count(): number {
    return this.view.count;
  }
  row = (at: number) => this.view.rows(at, at + 1)[0] ?? null;
  setOpen = async (node: number, open: boolean) => this.changed(this.view.setOpen(node, open));
  setAllOpen = async (open: boolean) => this.changed(this.view.setAllOpen(open));
  find = async (text: string) => this.view.find(text);
  reveal = async (node: number) => this.changed(this.view.reveal(node));
  path = async (node: number) => this.view.path(node);
  value = async (node: number) => this.view.value(node);
  close = () => undefined;

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private changed<T>(result: T): T {
    this.version++;
    for (const listener of this.listeners) listener();
    return result;
  }
}
