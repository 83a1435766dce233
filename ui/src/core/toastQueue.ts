// Short messages at the edge of the screen. Any code can add one; `Toasts` shows them.

export interface Toast {
  id: number;
  text: string;
  error: boolean;
  action?: { label: string; run: () => void };
  /** The message offers to undo a change, and stays until the next change or until it is dismissed. */
  stays: boolean;
  /** Time in ms that the message is shown for, unless it is hovered or focused. */
  forMs: number;
}

let toasts: readonly Toast[] = [];
let lastId = 0;
const timers = new Map<number, ReturnType<typeof setTimeout>>();
const listeners = new Set<() => void>();

export function toast(text: string, options: { error?: boolean; action?: Toast["action"]; undo?: () => void; forMs?: number } = {}): void {
  const { error = false, undo, forMs = error ? 10_000 : 5000 } = options;
  const action = undo ? { label: "Undo", run: undo } : options.action;
  const id = ++lastId;
  const stays = undo !== undefined;
  // Only the last change can be undone.
  const before = stays ? toasts.filter((one) => !one.stays) : toasts;
  set([...before.slice(-3), { id, text, error, action, stays, forMs }]);
  resume(id);
}

/** Pauses the timer of a message while it is hovered or has the focus. */
export function hold(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
}

export function resume(id: number): void {
  const it = toasts.find((one) => one.id === id);
  if (!it || it.stays) return;
  hold(id);
  timers.set(id, setTimeout(() => dismiss(id), it.forMs));
}

export function dismiss(id: number): void {
  hold(id);
  set(toasts.filter((toast) => toast.id !== id));
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function current(): readonly Toast[] {
  return toasts;
}

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}
