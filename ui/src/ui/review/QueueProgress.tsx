import { exact } from "../../core/format";
import type { Progress } from "../../core/review/reviewQueue";
import "./queueProgress.css";

/** How far a queue is: complete, declined and open items, as a bar and in words. */
export function QueueProgress({ progress }: { progress: Progress }) {
  const { all, complete, declined, open } = progress;
  if (all === 0) return <span className="muted">no traces yet</span>;
  const title = `${exact(complete)} complete, ${exact(declined)} declined, ${exact(open)} open`;
  return (
    <span className="queue-progress" title={title}>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden>
        <rect className="complete" width={(complete / all) * 100} height="6" />
        <rect className="declined" x={(complete / all) * 100} width={(declined / all) * 100} height="6" />
      </svg>
      <span className="nowrap">{exact(complete + declined)} of {exact(all)}</span>
      <span className="visually-hidden">: {title}</span>
    </span>
  );
}
