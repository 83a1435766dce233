/** Runs a task at most once in each interval. A call within an interval runs it at the end, so that the last call is never lost. */
export class Throttle {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly everyMs: number, private readonly run: () => void) {}

  call(): void {
    if (this.timer !== undefined) return;
    const waitMs = this.lastMs + this.everyMs - Date.now();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.lastMs = Date.now();
      this.run();
    }, Math.max(0, waitMs));
  }

  cancel(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
