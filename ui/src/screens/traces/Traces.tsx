import { useUrl } from "../../ui/address/useUrl";
import { SpanRows } from "./spans/SpanRows";
import { TraceRows } from "./TraceRows";
import "./traces.css";

/** The traces of an experiment, or their spans: filter, histogram over time, table, and a pane for one trace. The address has the state of all of them. */
export default function Traces() {
  const [url] = useUrl();
  return url.rows === "spans" ? <SpanRows /> : <TraceRows />;
}
