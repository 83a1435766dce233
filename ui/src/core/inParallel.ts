/** Runs a task for each item with limited concurrency. Failures are collected and do not stop the others. */
export async function inParallel<T>(
  things: readonly T[],
  one: (thing: T) => Promise<unknown>,
  { width = 6, onProgress, signal }: { width?: number; onProgress?: (done: number) => void; signal?: AbortSignal } = {},
): Promise<{ done: number; failed: { thing: T; error: unknown }[] }> {
  const failed: { thing: T; error: unknown }[] = [];
  let next = 0;
  let done = 0;
  const worker = async () => {
    while (next < things.length && !signal?.aborted) {
      const thing = things[next++]!;
      try {
        await one(thing);
        done += 1;
      } catch (error) {
        failed.push({ thing, error });
      }
      onProgress?.(done + failed.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, things.length) }, worker));
  return { done, failed };
}
