// Pairs the messages of two chat templates, so that each pair can be compared word by word.
import { messageText, type TemplateMessage } from "./template";

export interface MessagePair {
  before: TemplateMessage | null;
  after: TemplateMessage | null;
}

/** Cells of the table; beyond it, messages are paired by their position. */
const CELLS_MAX = 1_000_000;

/**
 * The pairs with the fewest changes, in the order of both chats. Only messages of one role are paired: a changed message costs as
 * much as one that was added or removed.
 */
export function alignMessages(before: readonly TemplateMessage[], after: readonly TemplateMessage[]): MessagePair[] {
  if (before.length * after.length > CELLS_MAX) return pairByPosition(before, after);
  const costs = costTable(before, after);
  const cost = (a: number, b: number) => costs[a]![b]!;
  const pairs: MessagePair[] = [];
  let [a, b] = [0, 0];
  while (a < before.length || b < after.length) {
    const [old, fresh] = [before[a] ?? null, after[b] ?? null];
    if (old && fresh && old.role === fresh.role && cost(a, b) === cost(a + 1, b + 1) + changeCost(old, fresh)) {
      pairs.push({ before: old, after: fresh });
      a += 1;
      b += 1;
    } else if (old && cost(a, b) === cost(a + 1, b) + 1) {
      pairs.push({ before: old, after: null });
      a += 1;
    } else {
      pairs.push({ before: null, after: fresh });
      b += 1;
    }
  }
  return pairs;
}

export function isSame({ before, after }: MessagePair): boolean {
  return before !== null && after !== null && changeCost(before, after) === 0;
}

/** The fewest changes from `before[a…]` to `after[b…]`, for all `a` and `b`. */
function costTable(before: readonly TemplateMessage[], after: readonly TemplateMessage[]): number[][] {
  const costs = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let a = before.length; a >= 0; a--) {
    for (let b = after.length; b >= 0; b--) {
      if (a === before.length || b === after.length) {
        costs[a]![b] = before.length - a + (after.length - b);
        continue;
      }
      const apart = 1 + Math.min(costs[a + 1]![b]!, costs[a]![b + 1]!);
      const [old, fresh] = [before[a]!, after[b]!];
      costs[a]![b] = old.role === fresh.role ? Math.min(apart, costs[a + 1]![b + 1]! + changeCost(old, fresh)) : apart;
    }
  }
  return costs;
}

function changeCost(before: TemplateMessage, after: TemplateMessage): 0 | 1 {
  return messageText(before) === messageText(after) ? 0 : 1;
}

function pairByPosition(before: readonly TemplateMessage[], after: readonly TemplateMessage[]): MessagePair[] {
  const length = Math.max(before.length, after.length);
  return Array.from({ length }, (_, at) => ({ before: before[at] ?? null, after: after[at] ?? null }));
}
