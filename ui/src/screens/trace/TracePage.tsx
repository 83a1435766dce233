import { useParams } from "@tanstack/react-router";
import TraceView from "../../ui/trace/TraceView";

/** `/t/tr-…`: a trace by its id alone. */
export default function TracePage() {
  const { traceId } = useParams({ strict: false }) as { traceId: string };
  return <TraceView traceId={traceId} />;
}
