import { Link } from "@tanstack/react-router";
import { visible } from "../../../core/text";

/** Opens the trace of the calls by which a judge came to its feedback. */
export function JudgeTraceLink({ traceId, name }: { traceId: string; name: string }) {
  return (
    <Link className="meta" to="/t/$traceId" params={{ traceId }} title={`What ${visible(name)} asked its model, and what it answered`}>
      Judge's trace
    </Link>
  );
}
