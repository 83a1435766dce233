import { plural } from "../../core/format";
import type { SessionRow } from "../../core/types";
import { Outcome } from "../../ui/Outcome";

/** The outcome of a session: running, or else the worst outcome of its turns. */
export function SessionOutcome({ session, running }: { session: SessionRow; running: boolean }) {
  const { errors, recovered } = session;
  const failures = errors ? `${plural(errors, "turn")} failed` : recovered ? `${plural(recovered, "turn")} recovered` : "no failures";
  const outcome = running ? "running" : errors ? "error" : recovered ? "recovered" : "ok";
  return <span title={running ? `a turn is running; ${failures}` : failures}><Outcome outcome={outcome} /></span>;
}
