import { plural } from "../../core/format";
import type { SessionRow } from "../../core/types";
import { Outcome } from "../../ui/Outcome";

/** The worst outcome in a session. */
export function SessionOutcome({ session }: { session: SessionRow }) {
  const said = session.errors ? `${plural(session.errors, "turn")} failed`
    : session.recovered ? `${plural(session.recovered, "turn")} recovered`
    : "no failures";
  return <span title={said}><Outcome outcome={session.errors ? "error" : session.recovered ? "recovered" : "ok"} /></span>;
}
