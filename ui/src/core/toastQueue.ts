// Short messages at the edge of the screen. Anything may say one; `Toasts` shows them.

export interface Toast {
  id: number;
  text: string;
  error: boolean;
  action?: { label: string; run: () => void };
}

let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

export function toast(text: string, options: { error?: boolean; action?: Toast["action"]; forMs?: number } = {}): void {
  const { error = false, action, forMs = error ? 10_000 : 5000 } = options;
  const id = ++lastId;
  set([...toasts.slice(-3), { id, text, error, action }]);
  setTimeout(() => dismiss(id), forMs);
}

export function dismiss(id: number): void {
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
